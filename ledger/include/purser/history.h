// History that another tool has kept, made into the first events of a new ledger.
//
// Each `PastEvent` says what happened elsewhere: it is recorded as it was, not asked for again. So
// freezes, marks and `expect` have no say, and a pointer may come to stand on what was deleted;
// what does not hang together (a deployment that nobody created, one that is ready twice, one of
// another owner) is refused. Generations, parents and `previous` follow from the rules for
// pointers. docs/import.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "purser/commands.h"
#include "purser/event.h"
#include "purser/export.h"
#include "purser/options.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

/// A deployment began. Ids ascend from one to the next, and may leave some out.
struct PastCreate {
  DeploymentId id;
  std::optional<std::string> identifier;  ///< nothing: one is drawn
  std::string owner;
  CreateOptions options;
};
struct PastReady {
  DeploymentId id;
  ExternalArtifact artifact;
};
struct PastFailure {
  DeploymentId id;
  Failure failure;
};
struct PastDeletion {
  DeploymentId id;  ///< of which the artifact was deleted
};
/// A pointer was moved, or was asked to where it stood already, which writes no event.
struct PastMovement {
  std::string owner;
  std::string channel{kLiveChannel};
  std::optional<DeploymentId> to;  ///< nothing: cleared
  /// It went back to what had been active, and not forward.
  bool back = false;
};
using PastChange = std::variant<PastCreate, PastReady, PastFailure, PastDeletion, PastMovement>;

/// Something that happened before there was a ledger.
struct PastEvent {
  std::string where;  ///< names it and its deployment in errors, as "line 7, deployment 'v2'"
  /// When. The event stands at this time, or a microsecond after the one before if that is later,
  /// and keeps this time beside it. Not in the future.
  Timestamp time;
  /// Otherwise `time` says only where it stands, and is not kept.
  bool time_is_known = true;
  std::string actor;
  std::string reason;
  PastChange change;
};

/// Gives the next one; nothing where there are no more.
using HistorySource = std::function<Result<std::optional<PastEvent>>()>;

struct HistoryReport {
  LedgerId ledger_id;
  Position size;
  Digest root;
  std::uint64_t deployments = 0;
  std::uint64_t movements = 0;      ///< of pointers
  std::uint64_t unchanged = 0;      ///< movements to where a pointer stood already
  std::uint64_t unknown_times = 0;  ///< events whose time is not known
  std::uint64_t moved_times = 0;    ///< events that stand at a later time than they happened
  std::int64_t moved_us_max = 0;    ///< by how much at most, in microseconds
  std::uint64_t to_deleted = 0;     ///< movements to a deployment that had been deleted
};

/// Makes a ledger in `into`, which must be absent, an empty folder, or a ledger without events.
/// Every event of it bears the mark `imported`. `progress` counts events as files, each twice.
/// Memory: some 200 bytes for each deployment and each deployment that a pointer was on, and
/// Options::rebuild_memory_bytes.
/// Errors: InvalidArgument and LimitExceeded, whose `what` begins with `where`, for the first one
/// that cannot have happened; AlreadyExists, Busy, NoSpace, Io, Cancelled, and those of `source`.
/// `into` is then as it was; after a crash it is no ledger.
[[nodiscard]] PURSER_EXPORT Result<HistoryReport> import_history(
    const std::string& into, const HistorySource& source, const Options& options = {},
    const ProgressCallback& progress = {});

}  // namespace purser
