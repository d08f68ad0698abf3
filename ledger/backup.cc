#include "purser/backup.h"

#include <utility>

#include "home.h"
#include "input_limits.h"
#include "ledger_copy.h"
#include "marker.h"
#include "new_root.h"
#include "system.h"
#include "try.h"

namespace purser {
namespace {

Result<BackupReport> copy_into(const std::string& directory, const LedgerId& id,
                               const std::string& into, const Options& options,
                               const ProgressCallback& progress) {
  BackupReport report;
  report.ledger_id = id;
  // Before anything is held: what is held has come at least as far.
  PURSER_ASSIGN(const AnchorMark anchor, Anchor::read(directory));
  PURSER_ASSIGN(const AnchorMark mark,
                copy_ledger(directory, into, {anchor, true}, options, progress, report));
  report.log_size = mark.log_size;
  report.root = mark.root;
  PURSER_TRY(Anchor::create(into, mark));
  PURSER_TRY(write_marker(into, report.ledger_id, kBackupMarker));
  return report;
}

}  // namespace

Result<BackupReport> backup(const std::string& directory, const std::string& into,
                            const Options& options, const ProgressCallback& progress) {
  PURSER_TRY(check_options(options));
  const std::string from = Home::without_trailing_slashes(directory);
  const std::string target = Home::without_trailing_slashes(into);
  PURSER_ASSIGN(const LedgerId id, Home::identify(from));
  PURSER_TRY(check_apart(from, target));
  return in_new_root(target,
                     [&] { return copy_into(from, id, target, with_system(options), progress); });
}

}  // namespace purser
