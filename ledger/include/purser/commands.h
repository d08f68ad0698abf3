// What callers pass to the commands and queries of a Ledger, and what those answer.
//
// All are plain values. Limits (over one: `LimitExceeded`; sizes in bytes): owner and actor 255,
// channel 128, source_ref 1,024, reason 4,096, request id 128, 64 labels with keys of 128 and
// values of 1,024, failure code 128, failure message 8,192, location 4,096, a page 1,000 items, an
// event 60,000. Names are compared byte by byte, without normalisation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "purser/artifact.h"
#include "purser/deployment.h"
#include "purser/event.h"
#include "purser/pointer.h"
#include "purser/types.h"

namespace purser {

/// Who gives a command, why, and how.
struct Context {
  std::string actor;  ///< empty: `Options::actor`
  std::string reason;
  /// Makes a retry safe: the same id with the same command answers what it answered the first time
  /// (`Receipt::replayed`); with another command it is `RequestIdReused`. Kept for ever.
  std::optional<std::string> request_id;
  /// Validates as if for real and writes nothing. Ids in the answer are not reserved.
  bool dry_run = false;
};

/// What became of a command.
struct Receipt {
  std::optional<Position> position;  ///< of the (first) event; nothing if none was written
  bool unchanged = false;            ///< all was as asked already
  bool replayed = false;             ///< this request id had done it before
};

/// A deployment as the command left it.
struct DeploymentAnswer : Deployment {
  Receipt receipt;
};

/// A pointer as the command left it. If `receipt.unchanged`, the pointer stands as reported.
struct PointerAnswer {
  std::string owner_key;
  std::string channel;
  Generation generation;
  std::optional<DeploymentId> active;
  std::optional<DeploymentId> previous;  ///< active before the latest activation
  std::vector<Skipped> skipped;          ///< what a rollback passed over, nearest first
  Receipt receipt;
};

/// A freeze as the command left it.
struct FreezeAnswer {
  std::string owner_key;
  std::optional<std::string> channel;   ///< nothing: all channels
  std::optional<ChannelFreeze> frozen;  ///< what holds it now; after `unfreeze` another may
  Receipt receipt;
};

struct CreateOptions {
  std::optional<std::string> source_ref;
  Labels labels;
};

struct ReadyOptions {
  bool allow_empty = false;  ///< an artifact without files is meant
};

struct PromoteOptions {
  std::string channel{kLiveChannel};
  std::optional<Generation> expect;  ///< refuse with `Conflict` unless the pointer is there
  bool not_older = false;            ///< refuse one created before the active one
  bool allow_bad = false;
};

struct RollbackOptions {
  std::string channel{kLiveChannel};
  std::uint32_t steps = 1;  ///< from 1
  std::optional<Generation> expect;
  bool mark_bad = false;  ///< mark the deployment that is left, in the same commit
};

struct RollbackToOptions {
  std::string channel{kLiveChannel};
  std::optional<Generation> expect;
  bool allow_bad = false;
  bool mark_bad = false;
};

struct ClearOptions {
  std::string channel{kLiveChannel};
  std::optional<Generation> expect;
};

struct FreezeOptions {
  std::optional<std::string> channel{kLiveChannel};  ///< nothing: all, those to come included
  bool rollback_too = false;                         ///< refuse rollbacks as well
};

struct UnfreezeOptions {
  std::optional<std::string> channel{kLiveChannel};  ///< nothing: the freeze of all channels
};

struct DeleteArtifactOptions {
  std::uint32_t keep = 1;  ///< usable rollback targets of each channel that are protected
};

struct StoreOptions {
  bool executable = false;
};

struct StoreTreeOptions {
  /// Takes a file without reading it where path, size, inode, device and both times are those that
  /// an earlier store_tree with this option has noted for the owner when it read the file. What was
  /// changed less than two seconds before it was read is not noted: a second change within the same
  /// tick of the file system's clock could not be told from it. docs/storage-format.md, "Seen
  /// files".
  bool trust_mtime = false;
};

/// What a materialized tree shares with one that is there, and what then points at it.
struct MaterializeOptions {
  /// A folder that an earlier materialize has written, on the same file system; empty: none. Where
  /// the same path in it is a regular file of the caller's user with the mode, the size and, having
  /// been read, the SHA-256 that are wanted, it is linked instead of written. Both folders then
  /// have the one file: whoever edits it in one edits it in the other.
  std::string link_from = {};
  /// Shares the blocks of such files (FICLONE) instead of the files: an edit stays where it is
  /// made.
  bool reflink = false;
  /// A symbolic link that is made to point at the folder once that is durable, replacing an older
  /// one in one step; empty: none. AlreadyExists where something else stands there.
  std::string current = {};
};

/// Which bytes of a file are read, and how they are checked.
struct RetrieveOptions {
  std::uint64_t offset = 0;  ///< up to the size of the file
  /// Fewer are given only where the file ends; nothing: all that follow.
  std::optional<std::uint64_t> length = std::nullopt;
  /// Also computes the SHA-256 of the whole file, and so reads all of it, and compares.
  bool verify = false;
};

// --- Commands as values, for `Ledger::apply` and `Ledger::submit`. Each means what the member
// function of the same name does with the same arguments. ---------------------------------------

struct Create {
  std::string owner;
  CreateOptions options;
};
struct MarkReady {
  DeploymentId id;
  ReadyOptions options;
};
struct MarkReadyExternal {
  DeploymentId id;
  std::string location;
  std::uint64_t bytes = 0;
};
struct MarkFailed {
  DeploymentId id;
  std::string code;
  std::string message;
};
struct MarkBad {
  DeploymentId id;
};
struct UnmarkBad {
  DeploymentId id;
};
struct Pin {
  DeploymentId id;
};
struct Unpin {
  DeploymentId id;
};
struct DeleteArtifact {
  DeploymentId id;
  DeleteArtifactOptions options;
};
struct Promote {
  std::string owner;
  DeploymentId id;
  PromoteOptions options;
};
struct Rollback {
  std::string owner;
  RollbackOptions options;
};
struct RollbackTo {
  std::string owner;
  DeploymentId id;
  RollbackToOptions options;
};
struct Clear {
  std::string owner;
  ClearOptions options;
};

struct Freeze {
  std::string owner;
  FreezeOptions options;
};
struct Unfreeze {
  std::string owner;
  UnfreezeOptions options;
};

using Command =
    std::variant<Create, MarkReady, MarkReadyExternal, MarkFailed, MarkBad, UnmarkBad, Pin, Unpin,
                 DeleteArtifact, Promote, Rollback, RollbackTo, Clear, Freeze, Unfreeze>;

/// What a command answered: a PointerAnswer to Promote, Rollback, RollbackTo and Clear, a
/// FreezeAnswer to Freeze and Unfreeze, a DeploymentAnswer to all others.
using Answer = std::variant<DeploymentAnswer, PointerAnswer, FreezeAnswer>;

/// The most commands of one `apply`.
inline constexpr std::size_t kApplyCommandsMax = 1000;

struct ExpireReport {
  std::vector<DeploymentId> failed;
};

/// One page of an answer. `next` continues it; nothing: this was the last.
template <class Item>
struct Page {
  std::vector<Item> items;
  std::optional<std::string> next;
};

inline constexpr std::size_t kPageLimitMax = 1000;

/// Which page. `after` is the `next` of the page before.
struct PageRequest {
  std::size_t limit = 100;  ///< 1 to 1,000
  std::optional<std::string> after;
};

/// Only what matches every field that is set.
struct DeploymentFilter {
  std::optional<DeploymentStatus> status;
  std::optional<std::string> source_ref;
  Labels labels;
};

struct EventFilter {
  std::optional<std::string> owner_key;
  std::optional<EventKind> kind;
  std::optional<std::string> actor;
  Labels labels;                   ///< of the deployment that the event is about
  std::optional<Timestamp> since;  ///< from this time on
  std::optional<Timestamp> until;  ///< before this time
};

enum class HistoryOrder : std::uint8_t { oldest_first, newest_first };

/// What a rebuild did to one projection.
struct RebuildReport {
  std::string projection;
  std::uint32_t version = 0;
  std::uint32_t build = 0;
  std::uint64_t events = 0;  ///< folded
  std::uint64_t rows = 0;    ///< written
};

}  // namespace purser
