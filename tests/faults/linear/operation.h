// One operation of a history: what was asked of which pointer, when, and what was answered.
//
// A plain value of the harness and not of the library, so that histories can also be made by hand.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace purser::linear {

inline constexpr unsigned kPointers = 4;
inline constexpr unsigned kThreads = 8;
/// Who asks while no thread runs, and so the number of those who ask.
inline constexpr unsigned kMain = kThreads;
inline constexpr unsigned kAskers = kThreads + 1;

enum class Verb : std::uint8_t { active, pointer, promote, rollback, rollback_to, clear };

constexpr bool is_command(Verb verb) { return verb != Verb::active && verb != Verb::pointer; }

enum class Outcome : std::uint8_t {
  shown,        ///< a query
  moved,        ///< an event says so
  unchanged,    ///< all was as asked already
  conflict,     ///< the pointer was not where it was expected
  no_previous,  ///< a rollback that finds nothing to go back to
  pending,      ///< the outcome is unknown, and for good: it may have happened, or not
  refused,      ///< by a handle that takes no more commands; no history holds it
  other,        ///< an answer that no sequence of operations has
};

/// What a rollback passed over, in order.
enum class Passed : std::uint8_t {
  none,
  nothing,
  active_now,
  nothing_then_active,
  active_then_nothing,
  other
};

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::uint32_t kNoExpect = std::numeric_limits<std::uint32_t>::max();

struct Operation {
  Verb verb = Verb::active;
  Outcome outcome = Outcome::shown;
  Passed passed = Passed::none;
  std::uint8_t asker = 0;
  std::uint8_t pointer = 0;
  std::uint8_t steps = 1;   ///< of a rollback
  std::uint32_t asked = 0;  ///< the deployment of a promote or rollback_to
  std::uint32_t expect = kNoExpect;

  std::int64_t begin_ns = 0;  ///< before the call
  std::int64_t end_ns = 0;    ///< after it; kNever where the outcome is unknown

  // What was answered. Deployments: 0 for none.
  std::uint32_t generation = 0;  ///< of a conflict the actual one; `active` does not say
  std::uint32_t active = 0;
  std::uint32_t previous = 0;
  std::uint32_t target = 0;    ///< where a rollback would go; only `pointer` says
  std::uint64_t position = 0;  ///< of its event; of a query that of the latest movement
};

/// The operations of each asker, in the order in which it asked.
using History = std::vector<std::vector<Operation>>;

std::string to_string(const Operation& operation);

}  // namespace purser::linear
