#include "faults/linear/operation.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace purser::linear {

std::string to_string(const Operation& o) {
  constexpr std::array<std::string_view, 6> kVerbs{"active",   "pointer",     "promote",
                                                   "rollback", "rollback_to", "clear"};
  constexpr std::array<std::string_view, 8> kOutcomes{"shown",    "moved",         "unchanged",
                                                      "conflict", "no previous",   "pending",
                                                      "refused",  "another answer"};
  std::string text = fmt::format("{} of pointer {} by {}", kVerbs[static_cast<std::size_t>(o.verb)],
                                 o.pointer, o.asker);
  if (o.asked != 0) text += fmt::format(", deployment {}", o.asked);
  if (o.verb == Verb::rollback) text += fmt::format(", {} steps", o.steps);
  if (o.expect != kNoExpect) text += fmt::format(", expecting {}", o.expect);
  text += fmt::format(", {}: generation {}, active {}, previous {}, target {}, position {}; ",
                      kOutcomes[static_cast<std::size_t>(o.outcome)], o.generation, o.active,
                      o.previous, o.target, o.position);
  return text + (o.end_ns == kNever ? fmt::format("from {} ns on", o.begin_ns)
                                    : fmt::format("from {} to {} ns", o.begin_ns, o.end_ns));
}

}  // namespace purser::linear
