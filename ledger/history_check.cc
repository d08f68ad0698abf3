#include "history_check.h"

#include <fmt/format.h>

#include <utility>

#include "build.h"
#include "event_log.h"
#include "log_check.h"
#include "row_check.h"
#include "try.h"

namespace purser {
namespace {

std::string name_of(ProjectionId id) {
  return std::string(all_projections()[static_cast<std::size_t>(id)].name);
}

void check_cursors(const BuildStates& states, Position size, Findings& findings) {
  for (const Projection& projection : all_projections()) {
    const BuildState& state = states[static_cast<std::size_t>(projection.id)];
    if (state.build == 0 || state.cursor == size) continue;
    findings.add({Check::cursors,
                  {},
                  1,
                  Position{},
                  fmt::format("projection {}, build {}", projection.name, state.build),
                  fmt::format("position {}", size.value),
                  fmt::format("position {}", state.cursor.value)});
  }
}

// An event that is whole and cannot be folded is in no order that commands could have made.
Findings unfoldable(const Corruption& damage) {
  Findings findings;
  findings.add({Check::events,
                {},
                1,
                Position{},
                damage.where,
                "what can follow on those before",
                damage.what});
  return findings;
}

Status check_rows(const RowReader& rows, const BuildStates& states, Position size,
                  std::size_t memory_bytes, Meter& meter, Findings& findings,
                  VerifyReport& report) {
  std::uint64_t seen = 0;
  const auto compared = compare_rows(rows, states, size, memory_bytes, [&](std::uint64_t events) {
    return meter.files(events - std::exchange(seen, events)).has_value();
  });
  if (!compared) {
    const Corruption* damage = compared.error().as<Corruption>();
    if (damage == nullptr) return compared.error();
    findings.add(unfoldable(*damage));
    return {};
  }
  for (const RowComparison& one : *compared) {
    report.rows += one.rows;
    if (one.differences == 0) continue;
    findings.add({Check::projections, name_of(one.id), one.differences, Position{}, one.key,
                  one.expected, one.found});
  }
  return {};
}

}  // namespace

Result<Findings> check_history(const RowReader& rows, bool cursors, std::size_t memory_bytes,
                               Meter& meter, VerifyReport& report) {
  PURSER_ASSIGN(const Position size, log_size(rows));
  report.events = size.value;
  PURSER_ASSIGN(Findings findings, check_log(rows, size, [&](std::uint64_t events) {
                  return meter.files(events).has_value();
                }));
  PURSER_ASSIGN(const BuildStates states, read_builds(rows));
  if (cursors) check_cursors(states, size, findings);
  if (!findings.any(Check::events)) {
    PURSER_TRY(check_rows(rows, states, size, memory_bytes, meter, findings, report));
  }
  return findings;
}

}  // namespace purser
