#include "errors.h"

namespace purser::tools {
namespace {

Json json_of_referrer(const Referrer& referrer) {
  Json object;
  const bool pin = referrer.role == ReferrerRole::pinned;
  put_optional_text(object, "channel", pin ? std::nullopt : std::optional(referrer.channel));
  object["role"] = to_string(referrer.role);
  put_optional_text(object, "reason",
                    referrer.reason.empty() ? std::nullopt : std::optional(referrer.reason));
  return object;
}

// Adds the fields of one error to `object`.
class PutFields {
 public:
  explicit PutFields(Json& object) : object_(object) {}

  void operator()(const NotFound& e) const {
    object_["id"] = json_of(e.id);
    put_text(object_, "what", e.what);
  }
  void operator()(const PathNotFound& e) const {
    object_["id"] = json_of(e.id);
    put_text(object_, "path", e.path);
  }
  void operator()(const NotBuilding& e) const { put_status(e.id, e.status); }
  void operator()(const NotReady& e) const { put_status(e.id, e.status); }
  void operator()(const EmptyArtifact& e) const { object_["id"] = json_of(e.id); }
  void operator()(const ArtifactDeleted& e) const {
    object_["id"] = json_of(e.id);
    object_["when"] = json_of(e.when);
  }
  void operator()(const WrongOwner& e) const {
    object_["id"] = json_of(e.id);
    put_text(object_, "owner", e.owner);
    put_text(object_, "actual", e.actual);
  }
  void operator()(const MarkedBad& e) const {
    object_["id"] = json_of(e.id);
    put_text(object_, "reason", e.reason);
  }
  void operator()(const Frozen& e) const {
    put_text(object_, "owner", e.owner);
    put_text(object_, "channel", e.channel);
    put_text(object_, "by", e.by);
    put_text(object_, "reason", e.reason);
  }
  void operator()(const Conflict& e) const {
    object_["expected"] = json_of(e.expected);
    object_["actual"] = json_of(e.actual);
  }
  void operator()(const NotOlder& e) const {
    object_["id"] = json_of(e.id);
    object_["active"] = json_of(e.active);
  }
  void operator()(const NoPreviousDeployment& e) const {
    put_text(object_, "owner", e.owner);
    put_text(object_, "channel", e.channel);
    object_["skipped"] = json_of(e.skipped);
  }
  void operator()(const Sealed& e) const { object_["id"] = json_of(e.id); }
  void operator()(const InvalidPath& e) const {
    put_text(object_, "path", e.path);
    put_text(object_, "why", e.why);
  }
  void operator()(const InvalidArgument& e) const {
    put_text(object_, "what", e.what);
    put_text(object_, "why", e.why);
  }
  void operator()(const LimitExceeded& e) const {
    put_text(object_, "what", e.what);
    object_["limit"] = e.limit;
    object_["actual"] = e.actual;
  }
  void operator()(const RequestIdReused& e) const {
    put_text(object_, "request_id", e.request_id);
    object_["position"] = json_of(e.position);
  }
  void operator()(const InUse& e) const {
    object_["id"] = json_of(e.id);
    object_["referrers"] = Json::array();
    for (const Referrer& one : e.referrers) object_["referrers"].push_back(json_of_referrer(one));
  }
  void operator()(const AlreadyExists& e) const {
    put_text(object_, "path", e.path);
    put_text(object_, "what", e.what);
  }
  void operator()(const Busy& e) const { object_["pid"] = e.pid; }
  void operator()(const ReadOnly& e) const { object_["why"] = to_string(e.why); }
  void operator()(const Corruption& e) const {
    put_text(object_, "where", e.where);
    put_text(object_, "what", e.what);
  }
  void operator()(const LedgerTruncated& e) const {
    object_["have"] = json_of(e.have);
    object_["expected"] = json_of(e.expected);
  }
  void operator()(const UnsupportedVersion& e) const {
    put_text(object_, "what", e.what);
    object_["found"] = e.found;
    object_["known"] = e.known;
  }
  void operator()(const NoSpace& e) const {
    put_text(object_, "path", e.path);
    object_["available"] = e.available;
    object_["needed"] = e.needed;
  }
  void operator()(const Io& e) const {
    put_text(object_, "operation", e.operation);
    put_text(object_, "path", e.path);
    put_text(object_, "why", e.why);
  }
  void operator()(const Cancelled&) const {}
  void operator()(const OutcomeUnknown& e) const {
    put_optional_text(object_, "request_id", e.request_id);
    object_["position"] = json_of(e.position);
  }

 private:
  void put_status(DeploymentId id, DeploymentStatus status) const {
    object_["id"] = json_of(id);
    object_["status"] = to_string(status);
  }

  Json& object_;
};

}  // namespace

ExitCode exit_code(const Error& error) {
  switch (error.error_class()) {
    case ErrorClass::cancelled: return kInternal;
    case ErrorClass::bad_argument: return kUsage;
    case ErrorClass::not_found: return kNotFound;
    case ErrorClass::refused: return kRefused;
    case ErrorClass::busy: return kBusy;
    case ErrorClass::corrupt: return kCorrupt;
    case ErrorClass::outcome_unknown: return kOutcomeUnknown;
    case ErrorClass::environment: return kEnvironment;
  }
  return kInternal;
}

Json json_of(const Error& error) {
  Json object;
  object["code"] = error.name();
  put_text(object, "message", error.message());
  std::visit(PutFields(object), error.detail());
  return object;
}

}  // namespace purser::tools
