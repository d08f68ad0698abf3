#include "purser/stats.h"

#include <algorithm>
#include <bit>

namespace purser {

void Histogram::add(std::chrono::nanoseconds time) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0));
  const auto step = static_cast<std::size_t>(std::bit_width(value));
  ++steps[std::min(step, steps.size() - 1)];
  ++count;
  sum_us += value;
  max_us = std::max(max_us, value);
}

std::uint64_t Histogram::less_than_us(double share) const {
  if (count == 0) return 0;
  const double wanted = std::clamp(share, 0.0, 1.0) * static_cast<double>(count);
  std::uint64_t seen = 0;
  for (std::size_t step = 0; step + 1 < steps.size(); ++step) {
    seen += steps[step];
    if (static_cast<double>(seen) >= wanted) return std::uint64_t{1} << step;
  }
  return max_us + 1;
}

}  // namespace purser
