// Threads that take work off whoever has it.
//
// Jobs wait in a short line. Who finds it full does a job instead of adding one, so that no more is
// in memory than the line is long; and a thread is woken only for several jobs, since waking one
// takes as long as a small job. So `finish` is needed before anybody relies on a job being done.
// Threads begin when they are first needed. Safe from any thread. Destroyed, it does what is left.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace purser {

class Helpers {
 public:
  using Job = std::function<void()>;

  explicit Helpers(std::size_t threads_max) : threads_max_(threads_max) {}
  ~Helpers() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    given_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    finish();
  }
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

  /// `job` must not throw, and must not come back here.
  void give(Job job) {
    std::optional<Job> first;
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
      if (jobs_.size() > kLineMax) {
        first = take();
      } else if (jobs_.size() >= kWokenAt) {
        wake_one();
      }
    }
    if (first) (*first)();
  }

  /// Does what waits; what a thread has begun may go on.
  void finish() {
    while (true) {
      std::unique_lock lock(mutex_);
      if (jobs_.empty()) return;
      const Job job = take();
      lock.unlock();
      job();
    }
  }

 private:
  static constexpr std::size_t kWokenAt = 4;
  static constexpr std::size_t kLineMax = 12;

  Job take() {
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  void wake_one() {
    if (idle_ > 0) {
      given_.notify_one();
    } else if (threads_.size() < threads_max_) {
      threads_.emplace_back([this] { work(); });
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
      while (!jobs_.empty()) {
        const Job job = take();
        lock.unlock();
        job();
        lock.lock();
      }
      ++idle_;
      given_.wait(lock, [&] { return ending_ || !jobs_.empty(); });
      --idle_;
    }
  }

  const std::size_t threads_max_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable given_;
  std::vector<std::thread> threads_;
  std::deque<Job> jobs_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace purser
