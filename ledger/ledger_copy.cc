#include "ledger_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "build.h"
#include "closing_sum.h"
#include "disk_space.h"
#include "event_log.h"
#include "held_files.h"
#include "home.h"
#include "merkle_rows.h"
#include "meter.h"
#include "pace.h"
#include "pack_store.h"
#include "parallel.h"
#include "posix.h"
#include "rocks_store.h"
#include "try.h"
#include "unique_fd.h"
#include "verification.h"

namespace purser {
namespace {

std::string database_in(const std::string& directory) { return directory + "/db"; }
std::string chunks_in(const std::string& directory) { return directory + "/chunks"; }

std::uint64_t bytes_of(const std::vector<HeldFile>& files) {
  std::uint64_t bytes = 0;
  for (const HeldFile& file : files) bytes += file.bytes;
  return bytes;
}

std::string and_more(std::size_t count) {
  return count > 1 ? fmt::format("; and {} more", count - 1) : std::string();
}

// Names the first thing that is wrong, and counts the others of its kind.
Status must_be_whole(const VerifyReport& report) {
  if (report.is_whole()) return {};
  if (!report.divergences.empty()) {
    const Divergence& first = report.divergences.front();
    return Corruption{first.where, fmt::format("expected {}, found {}{}", first.expected,
                                               first.found, and_more(first.count))};
  }
  if (!report.problems.empty()) {
    const VerifyProblem& first = report.problems.front();
    const std::string where =
        first.path.empty() ? "the manifest" : fmt::format("file '{}'", first.path);
    return Corruption{fmt::format("{} of deployment {}", where, first.id.value),
                      first.what + and_more(report.problems.size())};
  }
  return Corruption{fmt::format("{} chunks, {} files", report.lost_chunks, report.lost_files),
                    "they are lost, and no deployment has them any more"};
}

// The copied database, and what it is to be compared with.
class CheckedCopy {
 public:
  CheckedCopy(std::string directory, const CopyCheck& check, const Options& options, Meter& meter)
      : directory_(std::move(directory)), check_(check), options_(options), meter_(meter) {}

  // Of packs only their folder need be there.
  Status look_at_rows() {
    const std::string database = database_in(directory_);
    PURSER_ASSIGN(store_, RocksStore::open(database, RocksStore::Mode::read_only,
                                           options_.block_cache_bytes));
    PURSER_TRY(Home::check_complete(database, *store_, check_.at_least));
    PURSER_ASSIGN(chunks_, PackStore::open(chunks_in(directory_), *store_, false));
    rows_ = store_->snapshot();
    PURSER_ASSIGN(const BuildStates states, read_builds(*rows_));
    builds_ = builds_in_use(states);
    PURSER_ASSIGN(size_, log_size(*rows_));
    what_.emplace(Verified{*store_,
                           *chunks_,
                           check_.at_least.ledger_id,
                           check_.at_least,
                           options_.rebuild_memory_bytes,
                           true,
                           [&](const auto& look) { return look(view()); },
                           [&](const auto& look) { return look(*rows_, size_); },
                           options_.projections,
                           {}});
    verification_.emplace(*what_, how_, meter_);
    return verification_->look_at_rows();
  }

  // The rest; what its anchor is to say.
  Result<AnchorMark> look_at_chunks() {
    PURSER_TRY(verification_->look_at_chunks());
    PURSER_TRY(must_be_whole(verification_->take_report()));
    AnchorMark mark{check_.at_least.ledger_id, size_, options_.clock()};
    if (size_.value > 0) {
      PURSER_ASSIGN(mark.root, tree_root(view(), size_));
    }
    PURSER_ASSIGN(mark.closing, sum_closed_database(database_in(directory_)));
    return mark;
  }

 private:
  [[nodiscard]] View view() const { return {*rows_, builds_, size_}; }

  const std::string directory_;
  const CopyCheck& check_;
  const Options& options_;
  Meter& meter_;
  const VerifyOptions how_{.quick = check_.quick};
  std::unique_ptr<RocksStore> store_;
  std::unique_ptr<PackStore> chunks_;
  std::unique_ptr<RowReader> rows_;
  Builds builds_{};
  Position size_;
  std::optional<Verified> what_;
  std::optional<Verification> verification_;
};

// The files of a ledger, as they are at one moment, and their copies.
class HeldLedger {
 public:
  // Packs are held before the rows that point into them, so that none is removed in between; and
  // again behind them, for what was written meanwhile.
  Status hold(const std::string& directory) {
    PURSER_ASSIGN(packs_, hold_folder(chunks_in(directory), {}));
    PURSER_ASSIGN(database_, hold_database(database_in(directory)));
    PURSER_ASSIGN(packs_, hold_folder(chunks_in(directory), std::move(packs_)));
    return {};
  }
  [[nodiscard]] std::size_t files() const { return database_.size() + packs_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_of(database_) + bytes_of(packs_); }

  // What was copied is held no longer.
  Status copy_database(const std::string& into, const CopiedBytes& copied) {
    return copy_held(std::exchange(database_, {}), database_in(into), copied);
  }
  Status copy_packs(const std::string& into, const CopiedBytes& copied) {
    return copy_held(std::exchange(packs_, {}), chunks_in(into), copied);
  }

 private:
  std::vector<HeldFile> packs_;
  std::vector<HeldFile> database_;
};

// Folders for the copy, and a sync of all that comes into them.
class Target {
 public:
  explicit Target(const std::string& into) : into_(into) {}

  // A sync tells what has failed since then.
  Status begin() {
    root_ = UniqueFd(::open(into_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_.valid()) return io_error("open", into_);
    for (const std::string& folder : {database_in(into_), chunks_in(into_)}) {
      if (::mkdir(folder.c_str(), 0700) != 0) return io_error("create", folder);
    }
    return {};
  }
  Status sync() const {
    if (system_sync_calls().file_system(root_.get()) != 0) return io_error("sync", into_);
    return {};
  }

 private:
  const std::string& into_;
  UniqueFd root_;
};

}  // namespace

// The database comes first: rows are looked at while packs, which are most of it, are copied.
Result<AnchorMark> copy_ledger(const std::string& directory, const std::string& into,
                               const CopyCheck& check, const Options& options,
                               const ProgressCallback& progress, BackupReport& report) {
  HeldLedger held;
  PURSER_TRY(held.hold(directory));
  report.files = held.files();
  report.bytes = held.bytes();
  PURSER_TRY(check_space(into, reserve_and(options.disk_reserve_bytes, report.bytes)));
  Target target(into);
  PURSER_TRY(target.begin());
  Meter meter(progress, 0, report.bytes);
  Pace pace(directory);
  Workers both;
  const CopiedBytes copied = [&](std::uint64_t bytes) {
    pace.copied(bytes);
    return both.stopped() ? Status(Cancelled{}) : meter.bytes(bytes);
  };
  PURSER_TRY(held.copy_database(into, copied));
  std::uint64_t steps = 0;
  const ProgressCallback go_on = [&](const Progress& looked) {
    const std::uint64_t events = looked.files - std::exchange(steps, looked.files);
    return !both.stopped() && meter.files(std::max<std::uint64_t>(events, 1)).has_value();
  };
  Meter looked_at(go_on, 0, 0);
  CheckedCopy copy(into, check, options, looked_at);
  PURSER_TRY(both.run(2, [&](std::size_t worker) -> Status {
    if (worker == 0) return copy.look_at_rows();
    PURSER_TRY(held.copy_packs(into, copied));
    return both.stopped() ? Status(Cancelled{}) : target.sync();
  }));
  return copy.look_at_chunks();
}

}  // namespace purser
