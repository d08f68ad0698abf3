// Gathers what `verify` finds: of each kind the first, and how many there are.
//
// One thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "purser/verify.h"

namespace purser {

class Findings {
 public:
  /// `one.count` counts as it is.
  void add(Divergence one);
  /// Appends what was found behind.
  void add(Findings&& later);

  /// Whether there is anything of `check`, of any projection.
  [[nodiscard]] bool any(Check check) const;

  /// In the order of `Check`.
  [[nodiscard]] std::vector<Divergence> take();

 private:
  std::vector<Divergence> found_;
};

}  // namespace purser
