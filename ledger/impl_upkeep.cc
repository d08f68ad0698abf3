// What goes over the whole ledger: rebuilding, verifying, collecting. One at a time.
#include "build.h"
#include "collection.h"
#include "impl.h"
#include "verification.h"

namespace purser {
namespace {

bool finds_the_same(const VerifyReport& one, const VerifyReport& other) {
  return one.divergences == other.divergences && one.problems == other.problems &&
         one.lost_chunks == other.lost_chunks && one.lost_files == other.lost_files;
}

}  // namespace

Result<std::vector<RebuildReport>> Ledger::Impl::rebuild(const ProgressCallback& progress) {
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_writable());
  const std::uint64_t passes = 1 + options_.projections.size();
  std::vector<RebuildReport> reports;
  PURSER_TRY(committer_->exclusively([&]() -> Status {
    Published published = committer_->published();
    const std::uint64_t events = published.position.value;
    PURSER_ASSIGN(
        const auto rebuilt,
        rebuild_projections(store(), all_projection_ids(), options_.rebuild_memory_bytes,
                            [&](std::uint64_t folded) {
                              return !progress || progress(Progress{folded, passes * events, 0, 0});
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
  PURSER_TRY(rebuild_user_projections(progress, passes, reports));
  return reports;
}

Status Ledger::Impl::rebuild_user_projections(const ProgressCallback& progress,
                                              std::uint64_t passes,
                                              std::vector<RebuildReport>& reports) {
  for (std::uint64_t pass = 1; pass < passes; ++pass) {
    PURSER_ASSIGN(
        RebuildReport report,
        rebuild_user_projection(options_.projections[pass - 1].name, [&](std::uint64_t folded) {
          const std::uint64_t events = committer_->position().value;
          const Progress done{pass * events + folded, passes * events, 0, 0};
          return !progress || progress(done);
        }));
    reports.push_back(std::move(report));
  }
  return {};
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
                      [this](const auto& look) { return with_user_rows(look); },
                      options_.projections,
                      [this]() -> Status {
                        PURSER_TRY(rebuild({}));
                        return {};
                      }};
  const std::uint64_t passes = 2 + options_.projections.size();
  Meter meter(progress, passes * figures.log_size.value + figures.last_deployment.value, 0);
  Verification verification(what, options, meter);
  PURSER_TRY(verification.look_at_rows());
  PURSER_TRY(verification.look_at_chunks());
  return verification.take_report();
}

Result<CollectReport> Ledger::Impl::collect(const CollectOptions& options,
                                            const ProgressCallback& progress) {
  const std::lock_guard one(upkeep_);
  const std::shared_lock in_use(in_use_);
  PURSER_TRY(check_open());
  // What gives space back may use the reserve: on a full disk it is what helps.
  if (home_) PURSER_TRY(options.repack ? home_->check_writable() : home_->check_lock());
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

}  // namespace purser
