#include "impl.h"

#include <algorithm>

#include "answers.h"
#include "build.h"
#include "complaints.h"
#include "deployments.h"
#include "event_log.h"
#include "files.h"
#include "freezes.h"
#include "input_limits.h"
#include "marker.h"
#include "merkle_rows.h"
#include "past.h"
#include "pointers.h"
#include "replay_into.h"
#include "steps.h"
#include "system.h"

namespace purser {
Ledger::Impl::Impl(const Options& options, ReadOnlyReason why_read_only)
    : forks_(forks_before()), options_(options), why_read_only_(why_read_only) {}

Ledger::Impl::~Impl() { (void)close(); }

Status Ledger::Impl::check_open() const {
  if (options_.read_only) return ReadOnly{why_read_only_};
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
  return Moment(this, std::move(in_use), published, store().snapshot());
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

Status Ledger::Impl::none_deleted_since(Position before) {
  if (!refresh()) return {};  // nothing newer can be had, which is no answer
  return read_now([&](const View& now) {
    const View then{now.rows, now.builds, before};
    return visit_deployments(then, [&](const SharedDeployment& deployment) -> Status {
      if (!has_files_here(*deployment)) return {};
      PURSER_ASSIGN(const SharedDeployment after, get_deployment(now, deployment->id));
      if (!after->artifact_deleted_at) return {};
      return ArtifactDeleted{after->id, *after->artifact_deleted_at};
    });
  });
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

Result<Stats> Ledger::Impl::stats() const {
  Stats stats;
  PURSER_ASSIGN(stats.user_projections, user_projection_stats());
  PURSER_ASSIGN(const Moment moment, now());
  const View view = moment.view();
  stats.ledger_id = ledger_id_;
  stats.format = kLedgerFormat;
  stats.read_only = options_.read_only;
  stats.log_size = view.at;
  PURSER_ASSIGN(stats.origin, read_origin(view.rows));
  stats.anchored = view.at;
  if (home_) {
    PURSER_ASSIGN(stats.anchored, home_->anchored());
    PURSER_ASSIGN(stats.disk_bytes_left, home_->disk_bytes_left());
    PURSER_ASSIGN(const auto holder, home_->writer());
    if (holder) stats.writer_pid = holder->pid;
  }
  if (view.at.value > 0) {
    PURSER_ASSIGN(const Event last, read_event(view.rows, view.at));
    stats.last_event_time = last.time;
  }
  PURSER_ASSIGN(stats.last_deployment, last_deployment(view));
  PURSER_ASSIGN(const BuildStates states, read_builds(view.rows));
  for (const Projection& projection : all_projections()) {
    const BuildState& state = states[static_cast<std::size_t>(projection.id)];
    stats.projections.push_back({std::string(projection.name), state.version, state.build,
                                 std::min(state.cursor, view.at)});
  }
  static_cast<Counters&>(stats) = committer_->counters();
  const Store::Figures figures = store().figures();
  stats.database = {figures.table_bytes,     figures.log_bytes,      figures.cache_bytes,
                    figures.cache_bytes_max, figures.memtable_bytes, figures.background_errors};
  stats.complaints = complaints_about(stats, options_, committer_->failure(),
                                      why_read_only_ == ReadOnlyReason::disk_full);
  return stats;
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
  if (committer_) committer_->arrivals().announce();  // who waits for an event hears of it
  { const std::unique_lock entered(in_use_); }        // who found it open has proposed by now
  if (committer_) committer_->drain();
  const std::unique_lock alone(in_use_);
  if (!home_) return {};
  std::optional<Position> size;  // unknown where opening failed half-way
  if (committer_) size = committer_->position();
  return home_->close(size, root_at_end());
}

}  // namespace purser
