// Projections of users in a handle: their place when it opens, and looking at their rows.
#include <algorithm>

#include "impl.h"
#include "user_build.h"
#include "user_rows.h"

namespace purser {

Status Ledger::Impl::open_user_projections(Position size) {
  user_folds_ = std::make_unique<UserFolds>(UserFolds::Setting{
      store(), options_.projections, options_.rebuild_memory_bytes, options_.logger,
      [this] { return home_ ? home_->check_writable() : Status(); }});
  return user_folds_->open(size);
}

// The rows first, the position second: a write erases what the one before has replaced, so the
// position must not be older than what was durable when the rows were taken.
Status Ledger::Impl::with_user_rows(
    const std::function<Status(const RowReader& rows, Position at)>& look) const {
  if (forked()) return ReadOnly{closed_ ? ReadOnlyReason::closed : ReadOnlyReason::forked};
  const Reading reading(this);
  const std::shared_lock in_use(in_use_);
  if (closed_) return ReadOnly{ReadOnlyReason::closed};
  const std::unique_ptr<RowReader> rows = store().snapshot();
  return look(*rows, committer_->position());
}

Status Ledger::Impl::look_at_projection(std::string_view name, const ProjectionLook& look) const {
  return with_user_rows([&](const RowReader& rows, Position at) -> Status {
    PURSER_ASSIGN(const UserBuild build, find_user_build(rows, name, at));
    if (!build.is_in_use()) return NotFound{{}, "projection '" + std::string(name) + "'"};
    if (build.damaged) return damaged_user_row(name);
    return look(StoredUserRows(rows, build.name, build.position()));
  });
}

Status Ledger::Impl::fold_in_memory(const UserProjection& projection, const ProjectionLook& look,
                                    const ProgressCallback& progress) const {
  PURSER_ASSIGN(const Moment moment, now());
  const View view = moment.view();
  PURSER_ASSIGN(
      const auto folding,
      purser::fold_in_memory(view.rows, view.at, projection, options_.rebuild_memory_bytes,
                             [&](std::uint64_t folded) {
                               return !progress || progress(Progress{folded, view.at.value, 0, 0});
                             }));
  return look(*folding->rows());
}

UserFolds::Beside Ledger::Impl::beside_commits() {
  return {[this] { return committer_->position(); },
          [this](const std::function<Status()>& task) { return committer_->exclusively(task); }};
}

Result<RebuildReport> Ledger::Impl::rebuild_user_projection(const std::string& name,
                                                            const FoldProgress& progress) {
  return user_folds_->rebuild(name, beside_commits(), progress);
}

Result<RebuildReport> Ledger::Impl::rebuild_projection(const std::string& name,
                                                       const ProgressCallback& progress) {
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_writable());
  return rebuild_user_projection(name, [&](std::uint64_t folded) {
    return !progress || progress(Progress{folded, committer_->position().value, 0, 0});
  });
}

Status Ledger::Impl::forget_projection(const std::string& name) {
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_writable());
  return user_folds_->forget(name, beside_commits());
}

Result<std::vector<UserProjectionStats>> Ledger::Impl::user_projection_stats() const {
  std::map<std::string, UserProjectionStats> all;
  PURSER_TRY(with_user_rows([&](const RowReader& rows, Position at) -> Status {
    PURSER_ASSIGN(const auto builds, read_user_builds(rows, at));
    for (const UserBuild& build : builds) {
      if (!build.is_in_use()) continue;
      UserProjectionStats& stats = all[build.name.name];
      stats.version = build.version;
      stats.build = build.name.build;
      stats.cursor = build.position();
      if (build.failure) stats.failure = build.failure->why;
      if (build.damaged) stats.failure = damaged_user_row(build.name.name).message();
    }
    return {};
  }));
  for (const UserProjection& projection : options_.projections) {
    UserProjectionStats& stats = all[projection.name];
    stats.has_code = true;
    const auto why = user_folds_ ? user_folds_->why_behind(projection.name) : std::nullopt;
    if (why) stats.failure = why;
  }
  std::vector<UserProjectionStats> sorted;
  for (auto& [name, stats] : all) {
    stats.name = name;
    sorted.push_back(std::move(stats));
  }
  return sorted;
}

}  // namespace purser
