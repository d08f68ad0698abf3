// How a handle finds its place in what is stored: when it opens, and when a reader looks again.
#include <fmt/format.h>

#include <algorithm>

#include "build.h"
#include "event_log.h"
#include "freezes.h"
#include "impl.h"
#include "marker.h"
#include "merkle_rows.h"
#include "system.h"
#include "write_probe.h"

namespace purser {
namespace {

Result<Timestamp> time_of_last(const RowReader& rows, Position size) {
  if (size.value == 0) return Timestamp{};
  PURSER_ASSIGN(const Event last, read_event(rows, size));
  return last.time;
}

// A reader cannot rebuild; the cursor is the writer's own and is not looked at.
Status check_versions(const BuildStates& states) {
  for (const Projection& projection : all_projections()) {
    const BuildState& state = states[static_cast<std::size_t>(projection.id)];
    if (state.damaged) return damaged_row(projection.id);
    if (state.version >= projection.readable && state.version <= projection.version) continue;
    return UnsupportedVersion{fmt::format("projection '{}' (opening the ledger for writing "
                                          "rebuilds it)",
                                          projection.name),
                              state.version, projection.version};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Ledger::Impl>> Ledger::Impl::over(Home home, const Options& options) {
  Options possible = options;
  possible.read_only = !home.is_writable();
  const bool forced = possible.read_only && !options.read_only;
  const ReadOnlyReason why = forced ? ReadOnlyReason::disk_full : ReadOnlyReason::opened_read_only;
  std::unique_ptr<Impl> impl(new Impl(possible, why));
  impl->home_ = std::move(home);
  PURSER_TRY(impl->start());
  return impl;
}

Result<std::unique_ptr<Ledger::Impl>> Ledger::Impl::over(std::unique_ptr<Store> store,
                                                         std::unique_ptr<ChunkStore> chunks,
                                                         const Options& options) {
  std::unique_ptr<Impl> impl(new Impl(options, ReadOnlyReason::opened_read_only));
  impl->memory_store_ = std::move(store);
  impl->memory_chunks_ = std::move(chunks);
  PURSER_TRY(impl->start());
  return impl;
}

// Reads where the store stands and brings what is derived up to date.
Status Ledger::Impl::start() {
  PURSER_ASSIGN(const Position size, log_size(*store().snapshot()));
  PURSER_ASSIGN(const Timestamp last_time, time_of_last(*store().snapshot(), size));
  PURSER_ASSIGN(ledger_id_, read_ledger_id(*store().snapshot()));
  if (!options_.read_only) {
    PURSER_TRY(prepare_projections(Published{{}, size}));
    PURSER_TRY(open_user_projections(size));
  }
  PURSER_ASSIGN(const BuildStates states, read_builds(*store().snapshot()));
  PURSER_TRY(check_versions(states));
  Published published{builds_in_use(states), size};
  GrowingTree tree;
  if (options_.read_only) {
    PURSER_ASSIGN(published.position, home_->clip(size));
  } else {
    const std::unique_ptr<RowReader> rows = store().snapshot();
    const View view{*rows, published.builds, size};
    PURSER_TRY(sweep_drafts(store(), view));
    PURSER_ASSIGN(const bool any_frozen, ever_frozen(view));
    if (!any_frozen) memory_.put_nothing_frozen();
    PURSER_ASSIGN(CompactRange range, compact_range(view, size));
    tree = GrowingTree(std::move(range));
    if (home_) PURSER_TRY(home_->publish(size, tree.range()));
  }
  const CommitLimits limits{options_.group_commands_max, options_.in_flight_max};
  committer_ = std::make_unique<Committer>(store(), memory_, hooks(), limits, published, last_time,
                                           std::move(tree));
  options_.logger(
      LogLevel::info,
      fmt::format("opened ledger {} for {}, at position {}", to_hex(ledger_id_),
                  options_.read_only ? "reading" : "writing", published.position.value));
  return {};
}

Status Ledger::Impl::prepare_projections(const Published& stored) {
  PURSER_ASSIGN(const BuildStates states, read_builds(*store().snapshot()));
  PURSER_TRY(drop_old_builds(store(), states));
  std::vector<ProjectionId> stale = stale_projections(states, stored.position);
  const bool knows_tree =
      std::find(stale.begin(), stale.end(), ProjectionId::merkle) == stale.end();
  if (knows_tree && tree_is_damaged(states, stored.position)) stale.push_back(ProjectionId::merkle);
  if (stale.empty()) return {};
  options_.logger(LogLevel::info,
                  fmt::format("deriving the rows of {} projections anew from {} events",
                              stale.size(), stored.position.value));
  PURSER_ASSIGN(const auto rebuilt,
                rebuild_projections(store(), stale, options_.rebuild_memory_bytes, {}));
  return {};
}

// The commit cannot go on from rows that say nothing, nor from what was not anchored.
bool Ledger::Impl::tree_is_damaged(const BuildStates& states, Position size) const {
  if (home_ && home_->tree_is_damaged()) return true;
  const std::unique_ptr<RowReader> rows = store().snapshot();
  const Builds builds = builds_in_use(states);
  return !compact_range(View{*rows, builds, size}, size).has_value();
}

CommitHooks Ledger::Impl::hooks() {
  CommitHooks hooks;
  hooks.clock = options_.clock;
  hooks.grow_tree = grows_trees;
  // A closed handle still commits what it has accepted.
  hooks.before_group = [this] { return home_ ? home_->check_writable() : Status(); };
  hooks.before_write = [this] { return home_ ? home_->check_anchor() : Status(); };
  hooks.on_failure = [this](const Error& error) {
    options_.logger(LogLevel::error, "commands are refused from now on: " + error.message());
  };
  hooks.after_group = [this](Position durable, const auto& committed) -> Status {
    return home_ ? home_->publish(durable, committed) : Status();
  };
  if (user_folds_ && user_folds_->any()) {
    hooks.fold_besides = [this](const auto& events, const RowReader& stored, WriteSet& changes) {
      user_folds_->fold(events, stored, changes);
    };
  }
  return hooks;
}

Status Ledger::Impl::refresh() {
  PURSER_TRY(check_refresh());
  if (!options_.read_only) return {};
  const std::unique_lock alone(in_use_);
  return look_anew();
}

Result<bool> Ledger::Impl::refresh_unless_read() {
  PURSER_TRY(check_refresh());
  const std::unique_lock alone(in_use_, std::try_to_lock);
  if (!alone.owns_lock()) return false;
  PURSER_TRY(look_anew());
  return true;
}

Status Ledger::Impl::check_refresh() const {
  if (forked()) return ReadOnly{closed_ ? ReadOnlyReason::closed : ReadOnlyReason::forked};
  if (!options_.read_only || !Reading::by_this_thread(this)) return {};
  return InvalidArgument{"a call on a handle that only reads",
                         "looks for newer events, which cannot be had within a callback of another "
                         "call of that handle"};
}

// With in_use_ held alone.
Status Ledger::Impl::look_anew() {
  if (closed_) return ReadOnly{ReadOnlyReason::closed};
  PURSER_TRY(store().catch_up());
  const std::unique_ptr<RowReader> rows = store().snapshot();
  PURSER_ASSIGN(const BuildStates states, read_builds(*rows));
  PURSER_TRY(check_versions(states));
  PURSER_ASSIGN(const Position size, log_size(*rows));
  PURSER_ASSIGN(const Position visible, home_->clip(size));
  // A writer that is just opening says nothing yet; what was shown once stays.
  committer_->publish({builds_in_use(states), std::max(visible, committer_->published().position)});
  return {};
}

}  // namespace purser
