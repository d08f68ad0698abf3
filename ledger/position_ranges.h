// Positions that come in ascending order, kept as ranges. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "purser/salvage.h"

namespace purser {

class PositionRanges {
 public:
  explicit PositionRanges(std::size_t ranges_max = kSalvageListMax) : ranges_max_(ranges_max) {}

  /// Each is greater than all before; further ranges than `ranges_max` are counted only.
  void add(PositionRange range) {
    count_ += range.last.value - range.first.value + 1;
    if (!ranges_.empty() && ranges_.back().last.value + 1 == range.first.value) {
      ranges_.back().last = range.last;
    } else if (ranges_.size() < ranges_max_) {
      ranges_.push_back(range);
    }
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::vector<PositionRange>& ranges() const { return ranges_; }

 private:
  std::size_t ranges_max_;
  std::uint64_t count_ = 0;
  std::vector<PositionRange> ranges_;
};

}  // namespace purser
