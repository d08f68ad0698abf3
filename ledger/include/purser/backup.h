// Copying a ledger while it is written, and making a ledger out of such a copy.
//
// A backup is a folder that nothing opens: its marker has another name than a ledger's. It holds
// every event that was acknowledged before `backup` began, and the files of all artifacts and
// drafts; perhaps some that came later. Keys are not in it, since they lie outside of a ledger.
// docs/recovery.md, "Backups".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "purser/artifact.h"
#include "purser/export.h"
#include "purser/options.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

struct BackupReport {
  LedgerId ledger_id;
  Position log_size;           ///< of the copy
  std::optional<Digest> root;  ///< of the Merkle tree over the copy's log; nothing if it is empty
  std::uint64_t files = 0;     ///< of the directory that were copied
  std::uint64_t bytes = 0;     ///< of these
};

/// Copies the ledger in `directory`, which another process or this one may be writing to, into
/// `into`, which must be absent or empty. Of what is removed meanwhile the copy has all that it
/// needs: each file is held open, so there must be enough descriptors. The copy is opened and
/// checked like `verify` does that is quick: every event, every derived row, the root of the log,
/// that every chunk lies where the index says; rows while packs are still being copied, so
/// `progress` may be called beside the folds of `options`: its bytes are those that are copied, its
/// files the steps of the check. While the log grows the copy rests twice as long as it works, and
/// leaves the disk to who writes. On stable storage when it returns ok, if `into` is on a local
/// file system of Linux 5.8 or later: it is synced as a whole. Of `options` only memory, clock,
/// logger and projections count.
/// Errors: NotFound, InvalidArgument, AlreadyExists, UnsupportedVersion, NoSpace, Io, Cancelled;
/// Corruption where the ledger, and so the copy, is not whole; LedgerTruncated. Nothing is then
/// left in `into`.
[[nodiscard]] PURSER_EXPORT Result<BackupReport> backup(const std::string& directory,
                                                        const std::string& into,
                                                        const Options& options = {},
                                                        const ProgressCallback& progress = {});

/// Makes a ledger in `into`, which must be absent or empty, out of `from`: a backup, or a copy of
/// the directory of a ledger that was closed. It is copied, and the copy must be what its anchor
/// says and is checked like `verify` does that reads every byte, before it is a ledger. `from` is
/// never changed. The ledger keeps its id, and begins an epoch without a key: it signs nothing
/// until `make_key` begins another one, because the ledger that it was copied from may have signed
/// more than this one holds.
/// Errors: as for `backup`, and Busy where a process has `from` open for writing.
[[nodiscard]] PURSER_EXPORT Result<BackupReport> restore(const std::string& from,
                                                         const std::string& into,
                                                         const Options& options = {},
                                                         const ProgressCallback& progress = {});

}  // namespace purser
