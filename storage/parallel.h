// The same work for many items, on all processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "purser/status.h"

namespace purser {

/// Threads beyond these wait for the disk or for memory more than they help.
inline constexpr std::size_t kWorkersMax = 8;

[[nodiscard]] inline std::size_t workers_for(std::size_t items) {
  const std::size_t processors = std::max(1u, std::thread::hardware_concurrency());
  return std::max<std::size_t>(1, std::min({items, processors, kWorkersMax}));
}

/// Runs `work(worker)` once for each worker, 0 to `workers` - 1, the first on this thread. The
/// first error is returned when all have ended; the others are expected to ask `stopped`.
class Workers {
 public:
  Status run(std::size_t workers, const std::function<Status(std::size_t worker)>& work) {
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < workers; ++i) {
      others.emplace_back([&, i] { note(work(i)); });
    }
    note(work(0));
    for (std::thread& other : others) other.join();
    return std::move(first_error_);
  }

  /// Some worker has failed.
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// The next item that nobody has taken yet.
  [[nodiscard]] std::size_t next() { return next_++; }

 private:
  void note(Status status) {
    if (status) return;
    const std::lock_guard lock(mutex_);
    if (!stopped_.exchange(true)) first_error_ = std::move(status);
  }

  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  Status first_error_;
};

}  // namespace purser
