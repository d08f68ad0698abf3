// Threads that take work off whoever has it.
//
// Jobs wait in a short line. Who has made it too long does some itself, so that no more is in
// memory than the line is long; and a thread is woken only for several jobs, since waking one takes
// as long as a small job. So `finish` is needed before anybody waits for a job to be done. Threads
// begin when they are first needed. Safe from any thread. Destroyed, it does what is left.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
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

  /// Puts `job` in the line. It must not throw, and must not come back here. Does nothing that
  /// takes long; `relieve` is to follow.
  void add(Job job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (jobs_.size() >= kWokenAt) wake_one();
  }

  /// Does jobs as long as the line is too long.
  void relieve() { work_down_to(kLineMax); }

  /// Does what waits, or sees that others begin it; what a thread has begun may go on. Leaves what
  /// comes meanwhile.
  void finish() {
    std::unique_lock lock(mutex_);
    for (std::size_t left = jobs_.size(); left > 0 && !jobs_.empty(); --left) do_first(lock);
  }

 private:
  static constexpr std::size_t kWokenAt = 4;
  static constexpr std::size_t kLineMax = 12;

  void work_down_to(std::size_t left) {
    std::unique_lock lock(mutex_);
    while (jobs_.size() > left) do_first(lock);
  }

  // `lock` is free meanwhile.
  void do_first(std::unique_lock<std::mutex>& lock) {
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
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
      while (!jobs_.empty()) do_first(lock);
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
