// Wakes those who wait for events when more of them can be seen. Where nobody waits, a commit pays
// for one look at a counter. Threads: any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "bell.h"

namespace purser {

class Arrivals {
 public:
  /// After what is waited for has become true.
  void announce() {
    if (waiting_ != 0) bell_.ring();
  }

  /// Sleeps until announced, or until `timeout` has passed, unless `arrived()` already. May return
  /// before either.
  template <class Arrived>
  void wait(std::chrono::nanoseconds timeout, const Arrived& arrived) {
    // Counted before it looks: who comes later than the look sees the count, and rings.
    ++waiting_;
    const std::uint32_t rings = bell_.rings();
    if (!arrived()) bell_.wait(rings, timeout);
    --waiting_;
  }

 private:
  std::atomic<std::uint32_t> waiting_ = 0;
  Bell bell_;
};

}  // namespace purser
