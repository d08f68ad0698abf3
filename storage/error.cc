#include "purser/error.h"

#include <fmt/format.h>

#include <array>

#include "purser/event.h"

namespace purser {
namespace {

std::string describe(const std::optional<DeploymentId>& id) {
  return id ? fmt::format("deployment {}", id->value) : std::string("nothing");
}

std::string join(const std::vector<Skipped>& skipped) {
  std::string text;
  for (const Skipped& one : skipped) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} ({})", describe(one.deployment), to_string(one.why));
  }
  return text.empty() ? "nothing" : text;
}

std::string join(const std::vector<Referrer>& referrers) {
  std::string text;
  for (const Referrer& one : referrers) {
    if (!text.empty()) text += ", ";
    if (one.role == ReferrerRole::pinned) {
      text += fmt::format("a pin{}{}", one.reason.empty() ? "" : ": ", one.reason);
    } else {
      text += fmt::format("channel '{}' ({})", one.channel, to_string(one.role));
    }
  }
  return text;
}

std::string not_ready_hint(DeploymentStatus status) {
  return status == DeploymentStatus::building ? "; mark it ready first"
                                              : "; it can never be promoted";
}

std::string cause_of(const Corruption& e) {
  return fmt::format("{} is damaged: {}", e.where, e.what);
}

struct Describe {
  std::string operator()(const NotFound& e) const {
    return fmt::format("{} does not exist", e.what);
  }
  std::string operator()(const PathNotFound& e) const {
    return fmt::format("deployment {} has no file '{}'", e.id.value, e.path);
  }
  std::string operator()(const NotBuilding& e) const {
    return fmt::format("deployment {} is {}, which is final; only a building one can change",
                       e.id.value, to_string(e.status));
  }
  std::string operator()(const NotReady& e) const {
    return fmt::format("deployment {} is {}, not ready{}", e.id.value, to_string(e.status),
                       not_ready_hint(e.status));
  }
  std::string operator()(const EmptyArtifact& e) const {
    return fmt::format("deployment {} has no files; store some first, or ask for an empty artifact",
                       e.id.value);
  }
  std::string operator()(const ArtifactDeleted& e) const {
    return fmt::format("the artifact of deployment {} was deleted at {}", e.id.value,
                       to_rfc3339(e.when));
  }
  std::string operator()(const WrongOwner& e) const {
    return fmt::format("deployment {} belongs to '{}', not to '{}'", e.id.value, e.actual, e.owner);
  }
  std::string operator()(const MarkedBad& e) const {
    return fmt::format("deployment {} is marked bad{}{}", e.id.value, e.reason.empty() ? "" : ": ",
                       e.reason);
  }
  std::string operator()(const Frozen& e) const {
    return fmt::format("channel '{}' of '{}' is frozen by '{}'{}{}", e.channel, e.owner, e.by,
                       e.reason.empty() ? "" : ": ", e.reason);
  }
  std::string operator()(const Conflict& e) const {
    return fmt::format("the pointer is at generation {}, not {}; read it again and decide anew",
                       e.actual.value, e.expected.value);
  }
  std::string operator()(const NotOlder& e) const {
    return fmt::format("deployment {} was created before deployment {}, which is active",
                       e.id.value, e.active.value);
  }
  std::string operator()(const NoPreviousDeployment& e) const {
    return fmt::format(
        "'{}' has no earlier deployment to go back to on channel '{}'; passed over: {}", e.owner,
        e.channel, join(e.skipped));
  }
  std::string operator()(const Sealed& e) const {
    return fmt::format("the files of deployment {} are sealed; create a new deployment",
                       e.id.value);
  }
  std::string operator()(const InvalidPath& e) const {
    return fmt::format("'{}' cannot be a path of an artifact: {}", e.path, e.why);
  }
  std::string operator()(const InvalidArgument& e) const {
    return fmt::format("{}: {}", e.what, e.why);
  }
  std::string operator()(const LimitExceeded& e) const {
    return fmt::format("{} may be at most {}, not {}", e.what, e.limit, e.actual);
  }
  std::string operator()(const RequestIdReused& e) const {
    return fmt::format("request id '{}' was used for another command, at position {}", e.request_id,
                       e.position.value);
  }
  std::string operator()(const InUse& e) const {
    return fmt::format("the artifact of deployment {} is needed by {}", e.id.value,
                       join(e.referrers));
  }
  std::string operator()(const AlreadyExists& e) const {
    return fmt::format("'{}' exists already and is left as it is: {}", e.path, e.what);
  }
  std::string operator()(const Busy& e) const {
    return fmt::format("process {} has the ledger open for writing; wait until it is done", e.pid);
  }
  std::string operator()(const ReadOnly& e) const {
    return fmt::format("this handle does not write: {}", to_string(e.why));
  }
  std::string operator()(const Corruption& e) const {
    return cause_of(e) + "; see docs/recovery.md";
  }
  std::string operator()(const LedgerTruncated& e) const {
    return fmt::format(
        "the log ends at position {}, but had reached {}; nothing was changed, see "
        "docs/recovery.md",
        e.have.value, e.expected.value);
  }
  std::string operator()(const UnsupportedVersion& e) const {
    return fmt::format("{} has version {}, this program knows up to {}; use a newer purser", e.what,
                       e.found, e.known);
  }
  std::string operator()(const NoSpace& e) const {
    return fmt::format(
        "{} has {} bytes left where {} are needed, the reserve included; nothing was written",
        e.path, e.available, e.needed);
  }
  std::string operator()(const Io& e) const {
    return fmt::format("{} '{}': {}", e.operation, e.path, e.why);
  }
  std::string operator()(const Cancelled&) const { return "cancelled; nothing was changed"; }
  std::string operator()(const OutcomeUnknown& e) const {
    if (!e.request_id && e.position == Position{0}) {
      return "the log could not be written, but this command had nothing to write to it; open the "
             "ledger again before asking for the same";
    }
    return fmt::format(
        "the log could not be written; open the ledger again and look at {} to learn whether it "
        "happened",
        e.request_id ? fmt::format("request id '{}'", *e.request_id)
                     : fmt::format("position {}", e.position.value));
  }
};

// In the order of ErrorDetail.
struct Kind {
  std::string_view name;
  ErrorClass error_class;
};
constexpr std::array<Kind, std::variant_size_v<ErrorDetail>> kKinds{{
    {"NotFound", ErrorClass::not_found},
    {"PathNotFound", ErrorClass::not_found},
    {"NotBuilding", ErrorClass::refused},
    {"NotReady", ErrorClass::refused},
    {"EmptyArtifact", ErrorClass::refused},
    {"ArtifactDeleted", ErrorClass::refused},
    {"WrongOwner", ErrorClass::refused},
    {"MarkedBad", ErrorClass::refused},
    {"Frozen", ErrorClass::refused},
    {"Conflict", ErrorClass::refused},
    {"NotOlder", ErrorClass::refused},
    {"NoPreviousDeployment", ErrorClass::refused},
    {"Sealed", ErrorClass::refused},
    {"InvalidPath", ErrorClass::bad_argument},
    {"InvalidArgument", ErrorClass::bad_argument},
    {"LimitExceeded", ErrorClass::bad_argument},
    {"RequestIdReused", ErrorClass::refused},
    {"InUse", ErrorClass::refused},
    {"AlreadyExists", ErrorClass::refused},
    {"Busy", ErrorClass::busy},
    {"ReadOnly", ErrorClass::environment},
    {"Corruption", ErrorClass::corrupt},
    {"LedgerTruncated", ErrorClass::corrupt},
    {"UnsupportedVersion", ErrorClass::corrupt},
    {"NoSpace", ErrorClass::environment},
    {"Io", ErrorClass::environment},
    {"Cancelled", ErrorClass::cancelled},
    {"OutcomeUnknown", ErrorClass::outcome_unknown},
}};

}  // namespace

Error::Error(const Error& other) = default;
Error& Error::operator=(const Error& other) = default;
Error::Error(Error&& other) noexcept = default;
Error& Error::operator=(Error&& other) noexcept = default;
Error::~Error() = default;

std::string_view Error::name() const { return kKinds[detail_.index()].name; }
ErrorClass Error::error_class() const { return kKinds[detail_.index()].error_class; }
std::string Error::message() const {
  const std::string message = std::visit(Describe{}, detail_);
  return command_ ? fmt::format("command {}: {}", *command_, message) : message;
}

std::string Error::cause() const {
  const auto* damage = as<Corruption>();
  return damage == nullptr ? message() : cause_of(*damage);
}

std::string_view to_string(SkipReason reason) {
  switch (reason) {
    case SkipReason::nothing_active: return "nothing_active";
    case SkipReason::bad: return "bad";
    case SkipReason::deleted: return "deleted";
    case SkipReason::active_now: return "active_now";
  }
  return "unknown";
}

std::string_view to_string(ReferrerRole role) {
  switch (role) {
    case ReferrerRole::active: return "active";
    case ReferrerRole::rollback_target: return "rollback_target";
    case ReferrerRole::pinned: return "pinned";
  }
  return "unknown";
}

std::string_view to_string(ReadOnlyReason reason) {
  switch (reason) {
    case ReadOnlyReason::opened_read_only: return "opened_read_only";
    case ReadOnlyReason::poisoned: return "poisoned";
    case ReadOnlyReason::forked: return "forked";
    case ReadOnlyReason::closed: return "closed";
    case ReadOnlyReason::disk_full: return "disk_full";
  }
  return "unknown";
}

}  // namespace purser
