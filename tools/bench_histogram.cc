#include "bench_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace purser::tools {
namespace {

constexpr std::uint64_t kParts = 128;  // of one power of two
constexpr int kPartBits = 7;
// The first two rows of parts hold 0 to 255; each of the others one of the 56 powers above.
constexpr std::size_t kBuckets = (64 - kPartBits + 1) * kParts;

std::size_t bucket_of(std::uint64_t nanoseconds) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(nanoseconds)) - kPartBits - 1);
  return static_cast<std::size_t>(shift) * kParts + (nanoseconds >> shift);
}

double middle_of(std::size_t bucket) {
  const std::uint64_t shift = bucket < 2 * kParts ? 0 : bucket / kParts - 1;
  const std::uint64_t first = (bucket - shift * kParts) << shift;
  return static_cast<double>(first) + static_cast<double>((std::uint64_t{1} << shift) - 1) / 2;
}

constexpr double microseconds(double nanoseconds) { return nanoseconds / 1000; }

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(kBuckets) {}

void LatencyHistogram::record(std::chrono::nanoseconds latency, std::uint64_t count) {
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency.count()));
  counts_[bucket_of(nanoseconds)].fetch_add(count, std::memory_order_relaxed);
  raise_max(nanoseconds);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  raise_max(other.max_ns_);
}

void LatencyHistogram::raise_max(std::uint64_t nanoseconds) {
  std::uint64_t seen = max_ns_;
  while (seen < nanoseconds && !max_ns_.compare_exchange_weak(seen, nanoseconds)) {
  }
}

std::uint64_t LatencyHistogram::count() const {
  std::uint64_t sum = 0;
  for (const auto& one : counts_) sum += one;
  return sum;
}

double LatencyHistogram::quantile_us(double share) const {
  const auto wanted = std::ceil(share * static_cast<double>(count()));
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    passed += counts_[i];
    if (passed > 0 && static_cast<double>(passed) >= wanted) {
      return std::min(microseconds(middle_of(i)), max_us());
    }
  }
  return 0;
}

double LatencyHistogram::max_us() const { return microseconds(static_cast<double>(max_ns_)); }

}  // namespace purser::tools
