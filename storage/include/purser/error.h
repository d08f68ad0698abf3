// Every way in which a call can be refused or go wrong, each a value with the fields that a
// program needs to react. An `Error` is one of these values.
//
// What to do about each group is told by `ErrorClass`; docs/cli.md lists the exit codes that follow
// from it. Only `OutcomeUnknown` leaves open whether a command happened: every other error of a
// command was decided before the log was touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "purser/export.h"
#include "purser/types.h"

namespace purser {

/// Why a rollback passed over an activation on its way through the parents.
enum class SkipReason : std::uint8_t { nothing_active = 1, bad = 2, deleted = 3, active_now = 4 };
[[nodiscard]] PURSER_EXPORT std::string_view to_string(SkipReason reason);

/// One thing that a rollback passed over. `deployment` is empty where nothing was active.
struct Skipped {
  std::optional<DeploymentId> deployment;
  SkipReason why = SkipReason::nothing_active;
  friend bool operator==(const Skipped&, const Skipped&) = default;
};

/// What keeps an artifact from being deleted.
enum class ReferrerRole : std::uint8_t { active = 1, rollback_target = 2, pinned = 3 };
[[nodiscard]] PURSER_EXPORT std::string_view to_string(ReferrerRole role);

struct Referrer {
  std::string channel;  ///< empty for a pin
  ReferrerRole role = ReferrerRole::active;
  std::string reason{};  ///< of a pin
  friend bool operator==(const Referrer&, const Referrer&) = default;
};

/// Why a handle does not write.
enum class ReadOnlyReason : std::uint8_t { opened_read_only, poisoned, forked, closed, disk_full };
[[nodiscard]] PURSER_EXPORT std::string_view to_string(ReadOnlyReason reason);

/// No such deployment, ledger or file outside; `id` is set when a deployment id was asked for.
struct NotFound {
  std::optional<DeploymentId> id;
  std::string what;
};
/// The deployment has no file at `path`.
struct PathNotFound {
  DeploymentId id;
  std::string path;
};
/// Only a `building` deployment can become ready or failed.
struct NotBuilding {
  DeploymentId id;
  DeploymentStatus status;
};
/// The deployment is not `ready`.
struct NotReady {
  DeploymentId id;
  DeploymentStatus status;
};
/// No file was stored, and an empty artifact was not asked for.
struct EmptyArtifact {
  DeploymentId id;
};
/// The bytes were deleted at `when`; the record of the deployment stays.
struct ArtifactDeleted {
  DeploymentId id;
  Timestamp when;
};
/// The deployment belongs to `actual`, not to `owner`.
struct WrongOwner {
  DeploymentId id;
  std::string owner;
  std::string actual;
};
/// The deployment is marked bad.
struct MarkedBad {
  DeploymentId id;
  std::string reason;
};
/// The channel was frozen, by itself or with all others of its owner; only `unfreeze` ends it.
struct Frozen {
  std::string owner;
  std::string channel;
  std::string by;
  std::string reason;
};
/// The pointer has moved: it is at generation `actual`.
struct Conflict {
  Generation expected;
  Generation actual;
};
/// The deployment was created before the active one.
struct NotOlder {
  DeploymentId id;
  DeploymentId active;
};
/// Walking the parents found fewer usable deployments than asked for; nothing has moved.
struct NoPreviousDeployment {
  std::string owner;
  std::string channel;
  std::vector<Skipped> skipped;
};
/// The files of a deployment that is no longer `building` cannot change.
struct Sealed {
  DeploymentId id;
};
/// Not a path that an artifact may hold; `why` names the rule.
struct InvalidPath {
  std::string path;
  std::string why;
};
/// The argument `what` has an unusable value; `why` says what was expected.
struct InvalidArgument {
  std::string what;
  std::string why;
};
/// `what` may be at most `limit`.
struct LimitExceeded {
  std::string what;
  std::uint64_t limit = 0;
  std::uint64_t actual = 0;
};
/// The request id was used by another command, recorded at `position`.
struct RequestIdReused {
  std::string request_id;
  Position position;
};
/// The artifact is needed by `referrers`.
struct InUse {
  DeploymentId id;
  std::vector<Referrer> referrers;
};
/// Something stands at `path` already and is left as it is.
struct AlreadyExists {
  std::string path;
  std::string what;  ///< that stands there, and perhaps what to do
};
/// Process `pid` has the ledger open for writing.
struct Busy {
  std::int64_t pid = 0;
};
/// This handle does not write.
struct ReadOnly {
  ReadOnlyReason why;
};
/// Stored bytes are not what was written; `where` names the file or record, `what` the finding.
struct Corruption {
  std::string where;
  std::string what;
};
/// The log ends at `have` although it is known to have reached `expected`.
struct LedgerTruncated {
  Position have;
  Position expected;
};
/// `what` was written by a newer version of the format than this program knows.
struct UnsupportedVersion {
  std::string what;
  std::uint64_t found = 0;
  std::uint64_t known = 0;
};
/// The disk has less room left than the reserve; nothing was written. Figures in bytes.
struct NoSpace {
  std::string path;
  std::uint64_t available = 0;
  std::uint64_t needed = 0;
};
/// The operating system refused `operation` on `path`; `why` is its own word.
struct Io {
  std::string operation;
  std::string path;
  std::string why;
};
/// The caller's progress callback asked to stop.
struct Cancelled {};
/// The write or its sync failed: it may or may not have happened. The next open settles it, by the
/// request id or by what stands at `position`, which is 0 where it would have written no event: it
/// was refused, or had nothing to do, by what others had decided who are as unknown.
struct OutcomeUnknown {
  std::optional<std::string> request_id;
  Position position;
};

using ErrorDetail =
    std::variant<NotFound, PathNotFound, NotBuilding, NotReady, EmptyArtifact, ArtifactDeleted,
                 WrongOwner, MarkedBad, Frozen, Conflict, NotOlder, NoPreviousDeployment, Sealed,
                 InvalidPath, InvalidArgument, LimitExceeded, RequestIdReused, InUse, AlreadyExists,
                 Busy, ReadOnly, Corruption, LedgerTruncated, UnsupportedVersion, NoSpace, Io,
                 Cancelled, OutcomeUnknown>;

namespace internal {
template <class Detail, class Variant>
inline constexpr bool is_alternative = false;
template <class Detail, class... All>
inline constexpr bool is_alternative<Detail, std::variant<All...>> = (std::is_same_v<Detail, All> ||
                                                                      ...);
}  // namespace internal

/// One of the structs above.
template <class Detail>
concept ErrorDetailType = internal::is_alternative<Detail, ErrorDetail>;

/// What the caller does next.
enum class ErrorClass : std::uint8_t {
  cancelled,        ///< nothing: it was asked for
  bad_argument,     ///< mend the call
  not_found,        ///< name something that exists
  refused,          ///< the rules forbid it as things stand
  busy,             ///< wait for the other process
  corrupt,          ///< see docs/recovery.md
  outcome_unknown,  ///< reopen, then ask by request id or position
  environment,      ///< space, permissions, hardware, or a handle that does not write
};

/// One error. Cheap to move; holds no resource but its own strings.
class [[nodiscard]] PURSER_EXPORT Error {
 public:
  template <ErrorDetailType Detail>
  Error(Detail detail) : detail_(std::move(detail)) {}  // NOLINT: an error value is an Error

  // Out of line: every function that returns a Result would hold them for each kind of error.
  Error(const Error& other);
  Error& operator=(const Error& other);
  Error(Error&& other) noexcept;
  Error& operator=(Error&& other) noexcept;
  ~Error();

  [[nodiscard]] const ErrorDetail& detail() const { return detail_; }

  /// The fields, if this error is a `Detail`; null otherwise.
  template <ErrorDetailType Detail>
  [[nodiscard]] const Detail* as() const {
    return std::get_if<Detail>(&detail_);
  }
  template <ErrorDetailType Detail>
  [[nodiscard]] bool is() const {
    return std::holds_alternative<Detail>(detail_);
  }

  /// Which command of an `apply` was refused, from 1; nothing elsewhere.
  [[nodiscard]] std::optional<std::size_t> command() const { return command_; }
  [[nodiscard]] Error of_command(std::size_t index) && {
    command_ = index;
    return std::move(*this);
  }

  /// The name of the error's type, e.g. `NotReady`. Stable: programs may compare it.
  [[nodiscard]] std::string_view name() const;
  [[nodiscard]] ErrorClass error_class() const;
  /// One sentence for a person: which thing, what was expected, what to do.
  [[nodiscard]] std::string message() const;
  /// The same as a part of another message: of damage, without where it says what to do.
  [[nodiscard]] std::string cause() const;

 private:
  ErrorDetail detail_;
  std::optional<std::size_t> command_;
};

}  // namespace purser
