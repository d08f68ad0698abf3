// Which handles a thread is reading: while a call hands rows to its callback, that thread cannot
// wait until nobody reads.
#pragma once

namespace purser {

/// One call that reads `handle`, on the thread that it was made on.
class Reading {
 public:
  explicit Reading(const void* handle);
  Reading(Reading&& other) noexcept;
  Reading& operator=(Reading&&) = delete;
  ~Reading();

  [[nodiscard]] static bool by_this_thread(const void* handle);

 private:
  const void* handle_;
};

}  // namespace purser
