// Which artifacts of an owner a policy gives up, and what keeps the others: plans for
// `Ledger::prune`.
//
// Plain values, taken at one position of the log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/deployment.h"
#include "purser/error.h"
#include "purser/export.h"
#include "purser/types.h"

namespace purser {

/// What may go. Whatever it says, these stay: builds that have not ended, what a channel points at,
/// the next `keep` deployments that a rollback of a channel would reach, and what is pinned.
struct PrunePolicy {
  /// Of the deployments that were once active, on any channel, so many stay: the newest. What
  /// failed, was never active or is deleted already takes no place among them.
  std::uint32_t keep_newest = 10;
  /// Of those beyond, only what was created before goes. Nothing: all of them.
  std::optional<Timestamp> older_than;
  /// What failed, or is ready and was never active, goes if it was created before. Nothing: it
  /// stays.
  std::optional<Timestamp> never_active_older_than;
  /// As for `delete_artifact`.
  std::uint32_t keep = 1;
};

/// Why a plan leaves an artifact alone.
enum class KeepReason : std::uint8_t {
  building = 1,
  active = 2,           ///< a channel points at it
  rollback_target = 3,  ///< among the next `keep` of a channel
  pinned = 4,
  newest = 5,        ///< among the newest that were once active
  young = 6,         ///< its rule asks for an age that it does not have
  never_active = 7,  ///< and the policy has no rule for such
  deleted = 8,       ///< there is nothing left to give up
};
[[nodiscard]] PURSER_EXPORT std::string_view to_string(KeepReason reason);

struct Kept {
  KeepReason why = KeepReason::building;
  std::string channel{};  ///< of `active` and `rollback_target`
  friend bool operator==(const Kept&, const Kept&) = default;
};

/// By which rule of the policy an artifact goes.
enum class PruneRule : std::uint8_t {
  beyond_newest = 1,  ///< once active, but not among the newest
  never_active = 2,   ///< failed, or never active, and old enough
};
[[nodiscard]] PURSER_EXPORT std::string_view to_string(PruneRule rule);

/// One deployment in a plan.
struct PruneItem {
  Deployment deployment;
  std::vector<Kept> kept_by;              ///< all that keeps it; empty: it goes
  std::optional<PruneRule> removed_by{};  ///< set where nothing keeps it
  friend bool operator==(const PruneItem&, const PruneItem&) = default;
};

struct PruneFailure {
  DeploymentId id;
  Error error;
};

struct PruneReport {
  std::vector<DeploymentId> removed;  ///< oldest first
  std::vector<PruneFailure> failed;   ///< what was to go, and why it has not
};

}  // namespace purser
