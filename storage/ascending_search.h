// Searching what ascends, where each look costs a read: guesses by interpolation, and never needs
// more than three looks to halve what is left.
//
// Positions of a pointer's generations, and times of the log's positions, lie close enough to a
// line that a handful of looks do where bisection takes twenty (docs/adr/0015). After Perl, Itai
// and Avni, "Interpolation search: a log log N search", CACM 21 (1978).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "purser/status.h"
#include "try.h"

namespace purser {

namespace internal {
/// How far along `width` the target lies, were the values on a line.
template <class Value>
std::uint64_t share_of(std::uint64_t width, Value low, Value target, Value high) {
  const double span = static_cast<double>(high) - static_cast<double>(low);
  const double part = static_cast<double>(target) - static_cast<double>(low);
  if (!(span > 0)) return 0;  // equal once they are rounded
  return static_cast<std::uint64_t>(std::clamp(part / span, 0.0, 1.0) * static_cast<double>(width));
}
}  // namespace internal

/// The last of the items 1 to `count` whose value is at most `target`; 0 if there is none.
/// `value_of(item)` is a Result of its value, asked for as seldom as can be; its error ends the
/// search. What does not ascend gives some item, in the same time.
template <class Value, class ValueOf>
Result<std::uint64_t> last_at_most(std::uint64_t count, Value target, ValueOf value_of) {
  if (count == 0) return std::uint64_t{0};
  PURSER_ASSIGN(Value high_value, value_of(count));
  if (high_value <= target) return count;
  if (count == 1) return std::uint64_t{0};
  PURSER_ASSIGN(Value low_value, value_of(1));
  if (low_value > target) return std::uint64_t{0};
  std::uint64_t low = 1;  // at most `target`, as `high` is not
  std::uint64_t high = count;
  const auto look = [&](std::uint64_t item) -> Status {
    item = std::clamp(item, low + 1, high - 1);
    PURSER_ASSIGN(const Value value, value_of(item));
    const bool is_low = value <= target;
    (is_low ? low : high) = item;
    (is_low ? low_value : high_value) = value;
    return {};
  };
  while (high - low > 1) {
    const std::uint64_t width = high - low;
    const std::uint64_t low_before = low;
    PURSER_TRY(look(low + internal::share_of(width, low_value, target, high_value)));
    // From the other side of the target, as far away as a guess tends to be.
    const auto error = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(width)));
    if (high - low > 1) PURSER_TRY(look(low > low_before ? low + error : high - error));
    if (high - low > std::max<std::uint64_t>(width / 2, 1)) {
      PURSER_TRY(look(low + (high - low) / 2));
    }
  }
  return low;
}

}  // namespace purser
