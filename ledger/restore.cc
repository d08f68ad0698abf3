#include <utility>

#include "checkpoint_log.h"
#include "closing_sum.h"
#include "home.h"
#include "input_limits.h"
#include "ledger_copy.h"
#include "marker.h"
#include "new_root.h"
#include "purser/backup.h"
#include "rocks_store.h"
#include "system.h"
#include "try.h"
#include "writer_lock.h"

namespace purser {
namespace {

constexpr char kWhy[] = "restored from a copy";

// A backup, or a ledger that nobody writes to. Errors: NotFound, Busy, Corruption,
// UnsupportedVersion, InvalidArgument, Io.
Result<LedgerId> identify_copy(const std::string& from) {
  PURSER_TRY(Home::check_root(from));
  Result<LedgerId> id = read_marker(from, kBackupMarker);
  if (id || !id.error().is<NotFound>()) return id;
  PURSER_ASSIGN(const auto holder, WriterLock::probe(from));
  if (holder) return Busy{holder->pid};
  return read_marker(from);
}

// So that this ledger signs nothing in the name of the one that it was copied from.
Status begin_epoch_without_key(Store& store, Position size, const Options& options) {
  PURSER_ASSIGN(const std::optional<Epoch> last, last_epoch(*store.snapshot()));
  WriteSet changes;
  put_epoch({last ? last->number + 1 : 1, size, options.clock(), options.actor, kWhy, {}}, changes);
  return store.write(changes);
}

// Closes the copy as a ledger of its own.
Status complete(const std::string& directory, AnchorMark mark, const Options& options) {
  const std::string database = directory + "/db";
  PURSER_ASSIGN(const auto store, RocksStore::open(database, RocksStore::Mode::read_write,
                                                   options.block_cache_bytes));
  PURSER_TRY(begin_epoch_without_key(*store, mark.log_size, options));
  PURSER_TRY(store->close());
  PURSER_ASSIGN(mark.closing, sum_closed_database(database));
  PURSER_TRY(Anchor::create(directory, mark));
  PURSER_ASSIGN(const WriterLock lock, WriterLock::acquire(directory));
  return write_marker(directory, mark.ledger_id);  // last: without it this is no ledger
}

Result<BackupReport> copy_into(const std::string& from, const LedgerId& id, const std::string& into,
                               const Options& options, const ProgressCallback& progress) {
  BackupReport report;
  report.ledger_id = id;
  PURSER_ASSIGN(const AnchorMark anchor, Anchor::read(from));
  if (anchor.ledger_id != report.ledger_id) {
    return Corruption{"anchor", "it belongs to ledger " + to_hex(anchor.ledger_id)};
  }
  PURSER_ASSIGN(const AnchorMark mark,
                copy_ledger(from, into, {anchor, false}, options, progress, report));
  report.log_size = mark.log_size;
  report.root = mark.root;
  PURSER_TRY(complete(into, mark, options));
  return report;
}

}  // namespace

Result<BackupReport> restore(const std::string& from, const std::string& into,
                             const Options& options, const ProgressCallback& progress) {
  PURSER_TRY(check_options(options));
  const std::string source = Home::without_trailing_slashes(from);
  const std::string target = Home::without_trailing_slashes(into);
  PURSER_ASSIGN(const LedgerId id, identify_copy(source));
  PURSER_TRY(check_apart(source, target));
  return in_new_root(target,
                     [&] { return copy_into(source, id, target, with_system(options), progress); });
}

}  // namespace purser
