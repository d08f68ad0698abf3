// The same work for many items, on all processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
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

/// Two steps for each item, 0 to `items` - 1: the first by one thread at a time, in order; the
/// second on all processors. The first is at most kAheadMax items ahead. Returns the first error
/// when all threads have ended.
class TwoSteps {
 public:
  static constexpr std::size_t kAheadMax = 64;
  using Step = std::function<Status(std::size_t item)>;

  TwoSteps(std::size_t items, Step first, Step second)
      : items_(items), first_(std::move(first)), second_(std::move(second)) {}

  Status run() {
    Workers workers;
    return workers.run(workers_for(items_), [&](std::size_t) { return work(); });
  }

 private:
  Status work() {
    std::unique_lock lock(mutex_);
    Status status;
    while (status && !failed_) {
      if (!in_first_ && next_ < items_ && ready_.size() < kAheadMax) {
        status = do_first(lock);
      } else if (!ready_.empty()) {
        status = do_second(lock);
      } else if (in_first_) {
        changed_.wait(lock);
      } else {
        break;  // the others do what is left
      }
    }
    if (!status) failed_ = true;
    changed_.notify_all();
    return status;
  }

  Status do_first(std::unique_lock<std::mutex>& lock) {
    const std::size_t item = next_++;
    in_first_ = true;
    lock.unlock();
    Status status = first_(item);
    lock.lock();
    in_first_ = false;
    ready_.push_back(item);
    changed_.notify_all();
    return status;
  }

  Status do_second(std::unique_lock<std::mutex>& lock) {
    const std::size_t item = ready_.front();
    ready_.pop_front();
    lock.unlock();
    Status status = second_(item);
    lock.lock();
    return status;
  }

  const std::size_t items_;
  const Step first_;
  const Step second_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::size_t> ready_;  // for the second step
  std::size_t next_ = 0;           // for the first
  bool in_first_ = false;
  bool failed_ = false;
};

}  // namespace purser
