// How long calls took, as counts of calls per span of time: memory stays the same however many
// there are.
//
// The spans are powers of two of nanoseconds, each in 128 equal parts, so that what is read from
// the middle of a part is off by 0.4 % at most. Below 256 ns every nanosecond has its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace purser::tools {

/// 60 KB. Recording may come from any number of threads at once; reading only after them.
class LatencyHistogram {
 public:
  LatencyHistogram();

  /// `count` calls that took as long.
  void record(std::chrono::nanoseconds latency, std::uint64_t count = 1);
  /// All that `other` has recorded.
  void add(const LatencyHistogram& other);

  [[nodiscard]] std::uint64_t count() const;
  /// What this share of the calls (0.5: half of them) did not exceed, in microseconds; 0 without a
  /// call.
  [[nodiscard]] double quantile_us(double share) const;
  /// Exact.
  [[nodiscard]] double max_us() const;

 private:
  void raise_max(std::uint64_t nanoseconds);

  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<std::uint64_t> max_ns_{0};
};

}  // namespace purser::tools
