// Counts what a long call has done and asks the caller whether to go on. Threads: any; the callback
// is called by one at a time.
#pragma once

#include <cstdint>
#include <mutex>

#include "purser/artifact.h"
#include "purser/status.h"

namespace purser {

class Meter {
 public:
  /// `callback` must outlive the meter.
  Meter(const ProgressCallback& callback, std::uint64_t files_total, std::uint64_t bytes_total)
      : callback_(callback) {
    progress_.files_total = files_total;
    progress_.bytes_total = bytes_total;
  }
  Status bytes(std::uint64_t count) { return add(0, count); }
  Status file() { return add(1, 0); }
  Status files(std::uint64_t count) { return add(count, 0); }
  /// Once all threads are done.
  [[nodiscard]] const Progress& progress() const { return progress_; }

 private:
  Status add(std::uint64_t files, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return Cancelled{};  // who said so is not asked again
    progress_.files += files;
    progress_.bytes += bytes;
    cancelled_ = callback_ && !callback_(progress_);
    return cancelled_ ? Status(Cancelled{}) : Status();
  }

  const ProgressCallback& callback_;
  std::mutex mutex_;
  Progress progress_;
  bool cancelled_ = false;
};

}  // namespace purser
