#include "write_probe.h"

#include <fmt/format.h>

#include "draft.h"
#include "freezes.h"
#include "merkle_rows.h"
#include "try.h"
#include "user_build.h"

namespace purser {
namespace {

// Of all rows of the log, those of events have the lowest tag but the ledger id's.
constexpr std::string_view kBehindEvents = "f";

// A MANIFEST that lost its end may not know a table of which the events are, though it knows later
// ones from a log. Tables say how many rows they have, so that nothing need be read.
Status check_for_holes(const RocksStore& store, const RowReader& rows, Position size) {
  std::uint64_t others = 0;
  PURSER_TRY(rows.scan(Space::log, {std::string(kBehindEvents), "\xff"}, Direction::ascending,
                       [&](std::string_view, std::string_view) {
                         ++others;
                         return true;
                       }));
  PURSER_ASSIGN(const std::uint64_t written, store.rows_written(Space::log));
  if (written >= size.value + others) return {};
  return Corruption{"log", fmt::format("{} events are missing before its end at {}",
                                       size.value + others - written, size.value)};
}

}  // namespace

std::vector<ProjectionId> stale_projections(const BuildStates& states, Position size) {
  std::vector<ProjectionId> stale;
  for (const Projection& projection : all_projections()) {
    const BuildState& state = states[static_cast<std::size_t>(projection.id)];
    const bool current = !state.damaged && state.build != 0 &&
                         state.version == projection.version && state.cursor == size;
    if (!current) stale.push_back(projection.id);
  }
  return stale;
}

Status probe_for_writing(const RocksStore& store, Position size, bool tree_is_damaged) {
  const std::unique_ptr<RowReader> rows = store.snapshot();
  PURSER_TRY(check_for_holes(store, *rows, size));
  PURSER_ASSIGN(const BuildStates states, read_builds(*rows));
  PURSER_TRY(look_for_old_builds(*rows, states));
  PURSER_TRY(look_for_user_builds(*rows));
  const View view{*rows, builds_in_use(states), size};
  const bool rebuilds = tree_is_damaged || !stale_projections(states, size).empty() ||
                        !compact_range(view, size).has_value();
  if (rebuilds) {
    PURSER_TRY(root_from_events(*rows, {}, size));
    return {};  // rows that are made anew need not be readable
  }
  PURSER_TRY(all_drafts(*rows));
  PURSER_TRY(ever_frozen(view));
  return {};
}

}  // namespace purser
