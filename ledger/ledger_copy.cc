#include "ledger_copy.h"

#include <fmt/format.h>
#include <sys/stat.h>

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
#include "pack_store.h"
#include "posix.h"
#include "rocks_store.h"
#include "try.h"
#include "verification.h"

namespace purser {
namespace {

std::string database_in(const std::string& directory) { return directory + "/db"; }
std::string chunks_in(const std::string& directory) { return directory + "/chunks"; }

Status copy_folder(const std::vector<HeldFile>& files, const std::string& folder, Meter& meter) {
  if (::mkdir(folder.c_str(), 0700) != 0) return io_error("create", folder);
  return copy_held(files, folder, [&](std::uint64_t bytes) { return meter.bytes(bytes); });
}

std::uint64_t bytes_of(const std::vector<HeldFile>& files) {
  std::uint64_t bytes = 0;
  for (const HeldFile& file : files) bytes += file.bytes;
  return bytes;
}

// The first thing that is wrong stands for all.
Status must_be_whole(const VerifyReport& report) {
  if (report.is_whole()) return {};
  if (!report.divergences.empty()) {
    const Divergence& first = report.divergences.front();
    return Corruption{first.where, fmt::format("expected {}, found {} (`purser verify` tells more)",
                                               first.expected, first.found)};
  }
  if (!report.problems.empty()) {
    const VerifyProblem& first = report.problems.front();
    return Corruption{fmt::format("file '{}' of deployment {}", first.path, first.id.value),
                      first.what + " (`purser verify` tells more)"};
  }
  return Corruption{fmt::format("{} chunks, {} files", report.lost_chunks, report.lost_files),
                    "they are lost, and no deployment has them any more (`purser verify` tells "
                    "more)"};
}

}  // namespace

// Packs are held before the rows that point into them, so that none is removed in between; and
// again behind them, for what was written meanwhile.
Status copy_ledger(const std::string& directory, const std::string& into, const Options& options,
                   const ProgressCallback& progress, BackupReport& report) {
  PURSER_ASSIGN(std::vector<HeldFile> packs, hold_folder(chunks_in(directory), {}));
  PURSER_ASSIGN(const std::vector<HeldFile> database, hold_database(database_in(directory)));
  PURSER_ASSIGN(packs, hold_folder(chunks_in(directory), std::move(packs)));
  report.files = database.size() + packs.size();
  report.bytes = bytes_of(database) + bytes_of(packs);
  PURSER_TRY(check_space(into, reserve_and(options.disk_reserve_bytes, report.bytes)));
  Meter meter(progress, 0, report.bytes);
  PURSER_TRY(copy_folder(database, database_in(into), meter));
  return copy_folder(packs, chunks_in(into), meter);
}

Result<AnchorMark> check_copy(const std::string& directory, const CopyCheck& check,
                              const Options& options) {
  const std::string database = database_in(directory);
  PURSER_ASSIGN(const auto store,
                RocksStore::open(database, RocksStore::Mode::read_only, options.block_cache_bytes));
  PURSER_TRY(Home::check_complete(database, *store, check.at_least));
  PURSER_ASSIGN(const auto chunks, PackStore::open(chunks_in(directory), *store, false));
  const std::unique_ptr<RowReader> rows = store->snapshot();
  PURSER_ASSIGN(const BuildStates states, read_builds(*rows));
  PURSER_ASSIGN(const Position size, log_size(*rows));
  const View view{*rows, builds_in_use(states), size};
  const Verified what{*store,
                      *chunks,
                      check.at_least.ledger_id,
                      check.at_least,
                      options.rebuild_memory_bytes,
                      true,
                      [&](const auto& look) { return look(view); },
                      [&](const auto& look) { return look(*rows, size); },
                      options.projections,
                      {}};
  const ProgressCallback nobody;
  Meter meter(nobody, 0, 0);
  PURSER_ASSIGN(const VerifyReport report, verify_all(what, {.quick = check.quick}, meter));
  PURSER_TRY(must_be_whole(report));
  AnchorMark mark{check.at_least.ledger_id, size, options.clock()};
  if (size.value > 0) {
    PURSER_ASSIGN(mark.root, tree_root(view, size));
  }
  PURSER_ASSIGN(mark.closing, sum_closed_database(database));
  return mark;
}

}  // namespace purser
