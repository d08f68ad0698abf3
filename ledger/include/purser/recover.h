// Mending what a power cut may leave of a ledger's database and RocksDB refuses to open, although
// nothing is lost: a MANIFEST whose end is unfinished.
//
// Everything is done on a copy of DIR/db beside it; table files are shared by hard links, which
// costs no space. Only a copy that opens for reading and for writing, is no shorter than the anchor
// says, has its root, and of which every event can be read takes the place of the database, in one
// step; what stood there stays as DIR/db.before-recover-N. A crash at any moment leaves one of the
// two in place, and perhaps a folder DIR/db.recover that the next call removes. docs/recovery.md.
#pragma once

#include <cstdint>
#include <string>

#include "purser/artifact.h"
#include "purser/export.h"
#include "purser/options.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

struct RecoverReport {
  bool mended = false;  ///< false: it opens as it is, and nothing was changed
  Position log_size;
  std::uint64_t manifest_bytes_removed = 0;
  std::string kept;  ///< the folder with the database as it was, for the operator to remove
};

/// Takes the writer's lock of the ledger in `directory`. Of `options` only the memory counts.
/// `progress` counts events as files.
/// Errors: NotFound, Busy, UnsupportedVersion, InvalidArgument; LedgerTruncated{have, expected}
/// where also the mended copy is too short, Corruption where the damage is of another kind:
/// `salvage` then saves what is whole; Io, Cancelled. After an error nothing was changed, unless
/// the last sync of the directory failed.
[[nodiscard]] PURSER_EXPORT Result<RecoverReport> recover(const std::string& directory,
                                                          const Options& options = {},
                                                          const ProgressCallback& progress = {});

}  // namespace purser
