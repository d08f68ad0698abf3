// What happened elsewhere as payloads of events: what must hold for it to have happened, and what
// follows from it for a pointer. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "purser/history.h"

namespace purser {

class PastRules {
 public:
  /// Nothing where it changes nothing. `identifier` is for a deployment that brings none. Errors:
  /// InvalidArgument, LimitExceeded.
  Result<std::optional<Payload>> next(const PastChange& change, std::string identifier);

  /// Movements so far to what had been deleted.
  [[nodiscard]] std::uint64_t to_deleted() const { return to_deleted_; }

 private:
  struct Known {
    const std::string* owner = nullptr;  // one of owners_
    DeploymentStatus status = DeploymentStatus::building;
    bool deleted = false;
  };
  struct Standing {
    Generation generation;
    std::optional<DeploymentId> active;
    std::unordered_map<std::uint64_t, Generation> parents;  // of the latest activation of each
  };

  Result<Payload> create(const PastCreate& change, std::string identifier);
  Result<Payload> ready(const PastReady& change);
  Result<Payload> fail(const PastFailure& change);
  Result<Payload> drop(const PastDeletion& change);
  Result<std::optional<Payload>> move(const PastMovement& change);
  Result<Known*> find(DeploymentId id);
  Result<Known*> find_building(DeploymentId id);
  Status check_target(const PastMovement& change, DeploymentId id);

  std::set<std::string> owners_;
  std::set<std::string> identifiers_;
  DeploymentId last_;
  std::unordered_map<std::uint64_t, Known> deployments_;
  std::map<std::pair<std::string, std::string>, Standing> pointers_;
  std::uint64_t to_deleted_ = 0;
};

}  // namespace purser
