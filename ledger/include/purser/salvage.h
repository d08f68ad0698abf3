// Saving what is whole of a ledger that cannot be opened, or that cannot be trusted, into a new
// one.
//
// Works on the bare files: the tables and write-ahead logs of DIR/db, with or without a MANIFEST,
// and the packs of DIR/chunks, with or without rows that know of them. The source is never changed.
// docs/recovery.md, "What salvage saves".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purser/artifact.h"
#include "purser/export.h"
#include "purser/options.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

/// Events `first` through `last`, both included.
struct PositionRange {
  Position first;
  Position last;
  friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

/// Something of one deployment that could not be saved.
struct SalvageLoss {
  DeploymentId id;
  std::string path;  ///< empty: the manifest, or the draft as a whole
  std::string what;
};

/// At most this many ranges are listed, and losses of each kind; all are counted.
inline constexpr std::size_t kSalvageListMax = 65'536;

struct SalvageReport {
  LedgerId ledger_id;  ///< of the new ledger
  LedgerId source_id;
  /// How far the source's anchor says its log had come; nothing where it is missing or damaged.
  std::optional<Position> anchored;

  Position copied;    ///< the events 1 to this one
  Position expected;  ///< what the anchor says, or the last whole event that was found
  std::uint64_t events_missing = 0;  ///< of 1 to `expected`: nowhere, or not whole
  std::vector<PositionRange> missing;
  /// Whole, and not copied: they come after the first gap, or a command wrote them together with
  /// others that are missing.
  std::uint64_t events_beyond = 0;
  std::vector<PositionRange> beyond;

  struct DamagedFile {
    std::string name;  ///< in the directory of the source
    std::string what;
  };
  std::vector<DamagedFile> damaged_files;  ///< whether or not anything was lost by that

  std::uint64_t artifacts_whole = 0;  ///< stored ones of which every file was copied
  std::uint64_t artifacts_lost = 0;   ///< of which at least one file was not
  std::uint64_t files = 0;            ///< different ones that were copied
  std::uint64_t bytes = 0;            ///< of these
  std::uint64_t files_lost = 0;       ///< entries of manifests, and manifests
  std::vector<SalvageLoss> lost_files;

  std::uint64_t drafts_copied = 0;
  std::uint64_t drafts_lost = 0;
  std::vector<SalvageLoss> lost_drafts;

  /// Nothing is missing, as far as the anchor knows; so there must be one.
  [[nodiscard]] PURSER_EXPORT bool is_complete() const;
};

/// Makes a ledger in `into`, which must be absent or empty, from what is whole in `directory`:
/// the longest beginning of the log, its rows folded anew, and the files that its deployments have.
/// It has an id of its own, and `Stats::origin` says where it comes from. `progress` counts events
/// and then deployments as files. Memory: Options::rebuild_memory_bytes, one command's events, and
/// some 100 bytes for each different file.
/// Errors: NotFound, Busy (a process has the source open for writing), UnsupportedVersion,
/// InvalidArgument, AlreadyExists, NoSpace, Io, Cancelled; Corruption{log} where all events up to
/// the anchor are there and are not those that were anchored. Nothing is then left in `into`.
[[nodiscard]] PURSER_EXPORT Result<SalvageReport> salvage(const std::string& directory,
                                                          const std::string& into,
                                                          const Options& options = {},
                                                          const ProgressCallback& progress = {});

}  // namespace purser
