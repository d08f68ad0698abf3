// A copy of the files of a ledger, and whether it is whole. One thread at a time.
#pragma once

#include <string>

#include "anchor.h"
#include "purser/backup.h"
#include "purser/options.h"
#include "purser/status.h"

namespace purser {

/// Copies the files of the ledger in `directory` as they are at one moment, but for its marker, its
/// lock and its anchor, into `into`, which is there and empty, and counts them in `report`. Errors:
/// NoSpace, Cancelled, Corruption, Io.
Status copy_ledger(const std::string& directory, const std::string& into, const Options& options,
                   const ProgressCallback& progress, BackupReport& report);

struct CopyCheck {
  AnchorMark at_least;  ///< what the copy was made from had come so far
  bool quick = false;   ///< without reading the bytes of files
};

/// What an anchor of the copy is to say. Errors: Corruption of what is not whole, LedgerTruncated,
/// UnsupportedVersion, Io.
Result<AnchorMark> check_copy(const std::string& directory, const CopyCheck& check,
                              const Options& options);

}  // namespace purser
