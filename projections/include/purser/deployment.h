// A deployment as its events have left it: an immutable build of one owner.
//
// A plain value, a copy taken at one position of the log; it does not follow later events.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "purser/event.h"
#include "purser/types.h"

namespace purser {

/// Who marked a deployment bad or pinned it, when and why.
struct Mark {
  std::string actor;
  std::string reason;
  Timestamp time;
  friend bool operator==(const Mark&, const Mark&) = default;
};

struct Deployment {
  DeploymentId id;
  std::string identifier;  ///< UUID version 4, lower case: a DNS label, used in preview URLs
  std::string owner_key;
  std::optional<std::string> source_ref;
  Labels labels;
  DeploymentStatus status = DeploymentStatus::building;
  std::optional<Artifact> artifact;  ///< set when ready
  std::optional<Failure> failure;    ///< set when failed
  std::optional<Mark> bad;
  std::optional<Mark> pinned;  ///< its artifact is not deleted
  Timestamp created_at;
  std::optional<Timestamp> terminated_at;        ///< when it became ready or failed
  std::optional<Timestamp> artifact_deleted_at;  ///< since when the bytes are gone
  friend bool operator==(const Deployment&, const Deployment&) = default;
};

/// A deployment that several may hold; never changed once made, and null where there is none.
using SharedDeployment = std::shared_ptr<const Deployment>;

}  // namespace purser
