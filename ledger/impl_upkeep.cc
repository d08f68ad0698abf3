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
