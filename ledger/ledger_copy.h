// A copy of the files of a ledger, looked over before it counts. One call at a time.
#pragma once

#include <string>

#include "anchor.h"
#include "purser/backup.h"
#include "purser/options.h"
#include "purser/status.h"

namespace purser {

struct CopyCheck {
  AnchorMark at_least;  ///< what the copy is made from has come so far
  bool quick = false;   ///< without reading the bytes of files
};

/// Copies the files of the ledger in `directory` as they are at one moment, but for its marker, its
/// lock and its anchor, into `into`, which is there and empty, and counts them in `report`; looks
/// whether the copy is whole. It is on stable storage on return, and what is returned is what its
/// anchor is to say. Errors: NoSpace, Cancelled, Corruption, LedgerTruncated, UnsupportedVersion,
/// Io.
Result<AnchorMark> copy_ledger(const std::string& directory, const std::string& into,
                               const CopyCheck& check, const Options& options,
                               const ProgressCallback& progress, BackupReport& report);

}  // namespace purser
