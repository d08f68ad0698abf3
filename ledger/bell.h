// A bell that any number of threads may wait for, and that one system call rings for all of them.
//
// std::atomic::wait is not used: libstdc++ 12 yields the processor several times before it sleeps,
// which with dozens of waiting threads on few cores costs more than the sleep (docs/adr/0006).
// Linux futexes, futex(2).
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <ctime>

namespace purser {

class Bell {
 public:
  /// How often it has rung: to be asked for before the condition that is waited for is looked at.
  [[nodiscard]] std::uint32_t rings() const { return rings_; }

  /// Sleeps unless it has rung since `rings` was asked for. May return without a ring.
  void wait(std::uint32_t rings) const {
    ::syscall(SYS_futex, &rings_, FUTEX_WAIT_PRIVATE, rings, nullptr, nullptr, 0);
  }
  /// The same, no longer than `timeout`, which is not negative.
  void wait(std::uint32_t rings, std::chrono::nanoseconds timeout) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const timespec length{seconds.count(), (timeout - seconds).count()};
    ::syscall(SYS_futex, &rings_, FUTEX_WAIT_PRIVATE, rings, &length, nullptr, 0);
  }

  void ring() {
    ++rings_;
    ::syscall(SYS_futex, &rings_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  }

 private:
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  std::atomic<std::uint32_t> rings_ = 0;
};

}  // namespace purser
