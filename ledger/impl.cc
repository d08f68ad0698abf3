#include "impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "answers.h"
#include "build.h"
#include "collection.h"
#include "deployments.h"
#include "event_log.h"
#include "freezes.h"
#include "input_limits.h"
#include "marker.h"
#include "merkle_rows.h"
#include "past.h"
#include "pointers.h"
#include "replay_into.h"
#include "steps.h"
#include "system.h"
#include "verification.h"

namespace purser {
namespace {

constexpr std::chrono::milliseconds kNoTime{0};
constexpr std::chrono::milliseconds kWaitMax = std::chrono::hours(24 * 365);

// How a read-only handle waits. The writer's position is looked at often; what a writer left that
// came and went between two looks is found by the slower refresh.
constexpr std::chrono::nanoseconds kLookInterval = std::chrono::milliseconds(10);
constexpr std::chrono::nanoseconds kRefreshInterval = std::chrono::milliseconds(250);

bool finds_the_same(const VerifyReport& one, const VerifyReport& other) {
  return one.divergences == other.divergences && one.problems == other.problems &&
         one.lost_chunks == other.lost_chunks && one.lost_files == other.lost_files;
}

Result<Timestamp> time_of_last(const RowReader& rows, Position size) {
  if (size.value == 0) return Timestamp{};
  PURSER_ASSIGN(const Event last, read_event(rows, size));
  return last.time;
}

// The projections whose rows do not say what this program reads from them, up to `size`.
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
  std::unique_ptr<Impl> impl(new Impl(options));
  impl->home_ = std::move(home);
  PURSER_TRY(impl->start());
  return impl;
}

Result<std::unique_ptr<Ledger::Impl>> Ledger::Impl::over(std::unique_ptr<Store> store,
                                                         std::unique_ptr<ChunkStore> chunks,
                                                         const Options& options) {
  std::unique_ptr<Impl> impl(new Impl(options));
  impl->memory_store_ = std::move(store);
  impl->memory_chunks_ = std::move(chunks);
  PURSER_TRY(impl->start());
  return impl;
}

Ledger::Impl::Impl(const Options& options) : forks_(forks_before()), options_(options) {}

Ledger::Impl::~Impl() { (void)close(); }

// Reads where the store stands and brings what is derived up to date.
Status Ledger::Impl::start() {
  PURSER_ASSIGN(const Position size, log_size(*store().snapshot()));
  PURSER_ASSIGN(const Timestamp last_time, time_of_last(*store().snapshot(), size));
  PURSER_ASSIGN(ledger_id_, read_ledger_id(*store().snapshot()));
  if (!options_.read_only) PURSER_TRY(prepare_projections(Published{{}, size}));
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
    if (home_) PURSER_TRY(home_->publish(size));
  }
  const CommitLimits limits{options_.group_commands_max, options_.in_flight_max};
  committer_ = std::make_unique<Committer>(store(), memory_, hooks(), limits, published, last_time,
                                           std::move(tree));
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
  hooks.after_group = [this](Position durable) -> Status {
    return home_ ? home_->publish(durable) : Status();
  };
  return hooks;
}

Status Ledger::Impl::check_open() const {
  if (options_.read_only) return ReadOnly{ReadOnlyReason::opened_read_only};
  if (closed_) return ReadOnly{ReadOnlyReason::closed};
  if (forked()) return ReadOnly{ReadOnlyReason::forked};
  return {};
}

Status Ledger::Impl::check_writable() const {
  PURSER_TRY(check_open());
  return home_ ? home_->check_writable() : Status();
}

Result<Moment> Ledger::Impl::now() const {
  // The database's locks stand in a child as some thread of the parent held them.
  if (forked()) return ReadOnly{closed_ ? ReadOnlyReason::closed : ReadOnlyReason::forked};
  std::shared_lock in_use(in_use_);
  if (closed_) return ReadOnly{ReadOnlyReason::closed};
  // What is published first, the rows second: they hold all that was published before.
  const Published published = committer_->published();
  return Moment(std::move(in_use), published, store().snapshot());
}

Result<Moment> Ledger::Impl::then(const AsOf& at) const {
  PURSER_ASSIGN(Moment moment, now());
  PURSER_ASSIGN(const Position position, position_of(moment.view(), at));
  moment.go_back(position);
  return moment;
}

std::optional<Timestamp> Ledger::Impl::deleted_meanwhile(DeploymentId id) {
  if (!refresh()) return std::nullopt;
  const auto deployment = read_now([&](const View& view) { return get_deployment(view, id); });
  return deployment ? (*deployment)->artifact_deleted_at : std::nullopt;
}

bool Ledger::Impl::forked() const { return forks_before() != forks_; }

Result<Context> Ledger::Impl::complete(const Context& context) const {
  Context complete = context;
  if (complete.actor.empty()) complete.actor = options_.actor;
  PURSER_TRY(check_context(complete));
  return complete;
}

Result<Answer> Ledger::Impl::run_command(const Command& command, const Context& given) {
  PURSER_ASSIGN(const Context context, complete(given));
  std::optional<Answer> answer;
  PURSER_ASSIGN(Step step, make_step(*this, command, context.dry_run, context.request_id, answer));
  PURSER_TRY(commit({context.actor, context.reason, context.dry_run, {&step, 1}}));
  return *std::move(answer);
}

Status Ledger::Impl::commit(const Proposal& proposal) {
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_open());
  return committer_->commit(proposal);
}

Status Ledger::Impl::submit(std::unique_ptr<Submission>& submission) {
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_open());
  committer_->submit(std::move(submission));
  return {};
}

Status Ledger::Impl::edit(std::function<Result<Decision>(const View&)> decide) {
  Step step;
  step.decide = std::move(decide);
  return commit({options_.actor, {}, false, {&step, 1}});
}

Status Ledger::Impl::edit_files(DeploymentId id, const StagedFiles& staged) {
  return edit([&](const View& view) { return decide_store(view, id, staged, notes_); });
}

Result<StagedFiles> Ledger::Impl::stage_tree(const std::string& directory,
                                             const std::optional<SeenBefore>& seen,
                                             const ProgressCallback& progress) const {
  PURSER_ASSIGN(const Moment open, now());
  return purser::stage_tree(chunks(), store(), notes_, directory, seen, progress);
}

Result<std::optional<StagedManifest>> Ledger::Impl::stage_manifest(DeploymentId id,
                                                                   bool dry_run) const {
  PURSER_TRY(check_writable());
  PURSER_ASSIGN(const Moment moment, now());
  return purser::stage_manifest(moment.view(), chunks(), id, dry_run);
}

Result<SharedDeployment> Ledger::Impl::active(std::string_view owner,
                                              std::string_view channel) const {
  const PointerName name{owner, channel};
  if (answers_from_memory()) {
    const Position at = committer_->position();
    const auto known = memory_.pointer(name, at);
    if (known && !known->deployment) return SharedDeployment();
    if (known) {
      if (auto deployment = memory_.deployment(*known->deployment, at))
        return *std::move(deployment);
    }
  }
  PURSER_TRY(check_pointer(owner, channel));
  PURSER_ASSIGN(const Moment moment, now());
  const View view = moment.view();
  PURSER_ASSIGN(const PointerRow latest, latest_pointer(view, owner, channel));
  if (answers_from_memory()) memory_.remember(name, latest, view.at);
  if (!latest.deployment) return SharedDeployment();
  PURSER_ASSIGN(SharedDeployment deployment, get_deployment(view, *latest.deployment));
  if (answers_from_memory()) memory_.remember(deployment, view.at);
  return deployment;
}

Result<Pointer> Ledger::Impl::pointer(std::string_view owner, std::string_view channel) const {
  const PointerName name{owner, channel};
  if (answers_from_memory()) {
    const Position at = committer_->position();
    const auto known = memory_.pointer(name, at);
    const auto target = memory_.rollback_target(name, at);
    const auto own = memory_.freeze(name, at);
    const auto all = memory_.freeze({owner, kAllChannels}, at);
    if (known && target && own && all) {
      return make_pointer(name, *known, target->deployment, stricter(*own, *all));
    }
  }
  PURSER_TRY(check_pointer(owner, channel));
  PURSER_ASSIGN(const Moment moment, now());
  const View view = moment.view();
  PURSER_ASSIGN(const PointerRow latest, latest_pointer(view, owner, channel));
  PURSER_ASSIGN(const auto target, rollback_target(view, name, latest));
  PURSER_ASSIGN(const SharedFreeze own, find_freeze(view, owner, channel));
  PURSER_ASSIGN(const SharedFreeze all, find_freeze(view, owner, kAllChannels));
  if (answers_from_memory()) {
    memory_.remember(name, latest, view.at);
    memory_.remember(name, latest, {target}, view.at);
    memory_.remember(name, own, view.at);
    memory_.remember({owner, kAllChannels}, all, view.at);
  }
  return make_pointer(name, latest, target, stricter(own, all));
}

Result<std::vector<RebuildReport>> Ledger::Impl::rebuild(const ProgressCallback& progress) {
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_writable());
  std::vector<RebuildReport> reports;
  PURSER_TRY(committer_->exclusively([&]() -> Status {
    Published published = committer_->published();
    const std::uint64_t events = published.position.value;
    PURSER_ASSIGN(
        const auto rebuilt,
        rebuild_projections(store(), all_projection_ids(), options_.rebuild_memory_bytes,
                            [&](std::uint64_t folded) {
                              return !progress || progress(Progress{folded, events, 0, 0});
                            }));
    for (const RebuiltProjection& one : rebuilt) {
      const auto index = static_cast<std::size_t>(one.id);
      const Projection& projection = all_projections()[index];
      published.builds[index] = one.build;
      reports.push_back(
          {std::string(projection.name), projection.version, one.build, events, one.rows});
    }
    memory_.clear();  // it was derived from the rows before
    committer_->publish(published);
    return {};
  }));
  return reports;
}

Result<RebuiltIndex> Ledger::Impl::rebuild_index() {
  const std::lock_guard one(upkeep_);
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_open());
  return chunks().rebuild_index();
}

// A reader may have been overtaken by a process that collects: what it found is told only if it
// finds the same in rows that are newer.
Result<VerifyReport> Ledger::Impl::verify(const VerifyOptions& options,
                                          const ProgressCallback& progress) {
  const std::lock_guard one(upkeep_);
  PURSER_ASSIGN(VerifyReport report, verify_once(options, progress));
  for (int look = 1; options_.read_only && !report.is_whole() && look < kLooksMax; ++look) {
    PURSER_TRY(refresh());
    PURSER_ASSIGN(VerifyReport again, verify_once(options, progress));
    const bool same = finds_the_same(report, again);
    report = std::move(again);
    if (same) break;
  }
  return report;
}

Result<VerifyReport> Ledger::Impl::verify_once(const VerifyOptions& options,
                                               const ProgressCallback& progress) {
  PURSER_ASSIGN(const Stats figures, stats());
  const Verified what{store(),
                      chunks(),
                      ledger_id_,
                      home_ ? std::optional(home_->anchor()) : std::nullopt,
                      options_.rebuild_memory_bytes,
                      !options_.read_only || !figures.writer_pid,
                      [this](const auto& look) -> Status {
                        PURSER_ASSIGN(const Moment moment, now());
                        return look(moment.view());
                      },
                      [this]() -> Status {
                        PURSER_TRY(rebuild({}));
                        return {};
                      }};
  Meter meter(progress, 2 * figures.log_size.value + figures.last_deployment.value, 0);
  return verify_all(what, options, meter);
}

Result<CollectReport> Ledger::Impl::collect(const CollectOptions& options,
                                            const ProgressCallback& progress) {
  const std::lock_guard one(upkeep_);
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_writable());
  PURSER_ASSIGN(const auto sweep, chunks().begin_sweep());
  const Exclusively exclusively = [&](const std::function<Status()>& task) {
    return committer_->exclusively(task);
  };
  PURSER_TRY(exclusively([&]() -> Status {
    notes_.begin();
    return {};
  }));
  const Published published = committer_->published();
  const std::unique_ptr<RowReader> rows = store().snapshot();
  const View view{*rows, published.builds, published.position};
  auto report =
      purser::collect(store(), *sweep, chunks(), notes_, view, exclusively, options, progress);
  notes_.end();
  return report;
}

Result<Stats> Ledger::Impl::stats() const {
  PURSER_ASSIGN(const Moment moment, now());
  const View view = moment.view();
  Stats stats;
  stats.ledger_id = ledger_id_;
  stats.format = kLedgerFormat;
  stats.read_only = options_.read_only;
  stats.log_size = view.at;
  PURSER_ASSIGN(stats.origin, read_origin(view.rows));
  stats.anchored = home_ ? home_->anchor().log_size : view.at;
  if (home_) {
    PURSER_ASSIGN(const auto holder, home_->writer());
    if (holder) stats.writer_pid = holder->pid;
  }
  if (view.at.value > 0) {
    PURSER_ASSIGN(stats.last_event_time, time_of_last(view.rows, view.at));
  }
  PURSER_ASSIGN(stats.last_deployment, last_deployment(view));
  PURSER_ASSIGN(const BuildStates states, read_builds(view.rows));
  for (const Projection& projection : all_projections()) {
    const BuildState& state = states[static_cast<std::size_t>(projection.id)];
    stats.projections.push_back({std::string(projection.name), state.version, state.build,
                                 std::min(state.cursor, view.at)});
  }
  const Committer::Counters counters = committer_->counters();
  stats.commands = counters.commands;
  stats.rejected = counters.rejected;
  stats.groups = counters.groups;
  return stats;
}

Status Ledger::Impl::refresh() {
  if (forked()) return ReadOnly{closed_ ? ReadOnlyReason::closed : ReadOnlyReason::forked};
  if (!options_.read_only) return {};
  const std::unique_lock alone(in_use_);
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

Result<bool> Ledger::Impl::wait_for(Position position, std::chrono::milliseconds timeout,
                                    const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  const std::stop_callback wake(stop, [this] { committer_->arrivals().announce(); });
  const auto end = Clock::now() + std::clamp(timeout, kNoTime, kWaitMax);
  auto next_refresh = Clock::now();
  while (true) {
    if (forked()) return ReadOnly{closed_ ? ReadOnlyReason::closed : ReadOnlyReason::forked};
    if (closed_) return ReadOnly{ReadOnlyReason::closed};
    if (options_.read_only && committer_->position() < position) {
      PURSER_ASSIGN(const bool grown, writer_is_ahead());
      if (grown || Clock::now() >= next_refresh) {
        PURSER_TRY(refresh());
        next_refresh = Clock::now() + kRefreshInterval;
      }
    }
    if (committer_->position() >= position) return true;
    const std::chrono::nanoseconds left = end - Clock::now();
    if (left <= kNoTime || stop.stop_requested()) return false;
    committer_->arrivals().wait(options_.read_only ? std::min(left, kLookInterval) : left, [&] {
      return committer_->position() >= position || stop.stop_requested();
    });
  }
}

// Costs a look at LOCK, where a refresh reads the database's own logs.
Result<bool> Ledger::Impl::writer_is_ahead() const {
  PURSER_ASSIGN(const auto holder, home_->writer());
  return holder && holder->durable && *holder->durable > committer_->position();
}

Result<LedgerId> Ledger::Impl::replay(Position to, const std::string& into,
                                      const ProgressCallback& progress) const {
  PURSER_ASSIGN(const Moment moment, then(to));
  const View source = moment.view();
  PURSER_TRY(check_replay_end(source, to));
  PURSER_ASSIGN(const Digest root, tree_root(source, to));
  const LedgerId id = draw_ledger_id(options_);
  PURSER_TRY(
      Home::create(into, id, options_, options_.clock(), [&](Store& target) -> Result<Position> {
        const Origin origin{OriginKind::replay, ledger_id_, to, root};
        PURSER_TRY(replay_into(target, source, origin, options_.rebuild_memory_bytes, progress));
        return to;
      }));
  return id;
}

// Nothing where the tree holds what a failed write may have made durable, or has not grown at all;
// nor where a static object closes, after libcrypto has shut down.
std::optional<Digest> Ledger::Impl::root_at_end() const {
  if (options_.read_only || !committer_ || !libcrypto_works()) return std::nullopt;
  const GrowingTree& tree = committer_->tree();
  return tree.size() == committer_->position() ? std::optional(tree.root()) : std::nullopt;
}

Status Ledger::Impl::close() {
  if (closed_.exchange(true)) return {};
  if (forked()) {  // all of it is the parent's, its threads too
    (void)committer_.release();
    if (home_) home_->abandon();
    return {};
  }
  { const std::unique_lock entered(in_use_); }  // who found it open has proposed by now
  if (committer_) committer_->drain();
  const std::unique_lock alone(in_use_);
  if (!home_) return {};
  std::optional<Position> size;  // unknown where opening failed half-way
  if (committer_) size = committer_->position();
  return home_->close(size, root_at_end(), options_.clock());
}

}  // namespace purser
