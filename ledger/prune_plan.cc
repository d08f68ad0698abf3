#include "prune_plan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "activations.h"
#include "deployments.h"
#include "owners.h"
#include "referrers.h"
#include "try.h"

namespace purser {
namespace {

constexpr DeploymentId kNewest{std::numeric_limits<std::uint64_t>::max()};

// Judges the deployments of one owner, which must come newest first.
class Judge {
 public:
  Judge(const PrunePolicy& policy, ReferrersByDeployment needed, std::vector<DeploymentId> active)
      : policy_(policy), needed_(std::move(needed)), once_active_(std::move(active)) {}

  PruneItem judge(const Deployment& deployment) {
    PruneItem item{deployment, {}, {}};
    if (deployment.artifact_deleted_at) {
      item.kept_by.push_back({KeepReason::deleted});
      return item;
    }
    add_protection(deployment, item.kept_by);
    std::optional<PruneRule> rule;
    const bool once_active =
        std::binary_search(once_active_.begin(), once_active_.end(), deployment.id);
    if (once_active) {
      rule = beyond_newest(deployment, item.kept_by);
    } else if (deployment.status != DeploymentStatus::building) {
      rule = never_active(deployment, item.kept_by);
    }
    if (item.kept_by.empty()) item.removed_by = rule;
    return item;
  }

 private:
  // What keeps it whatever the policy says.
  void add_protection(const Deployment& deployment, std::vector<Kept>& kept_by) const {
    if (deployment.status == DeploymentStatus::building) kept_by.push_back({KeepReason::building});
    if (const auto found = needed_.find(deployment.id); found != needed_.end()) {
      for (const Referrer& one : found->second) {
        const bool active = one.role == ReferrerRole::active;
        kept_by.push_back({active ? KeepReason::active : KeepReason::rollback_target, one.channel});
      }
    }
    if (deployment.pinned) kept_by.push_back({KeepReason::pinned});
  }

  PruneRule beyond_newest(const Deployment& deployment, std::vector<Kept>& kept_by) {
    if (newest_ < policy_.keep_newest) {
      ++newest_;
      kept_by.push_back({KeepReason::newest});
    } else if (policy_.older_than && deployment.created_at >= *policy_.older_than) {
      kept_by.push_back({KeepReason::young});
    }
    return PruneRule::beyond_newest;
  }

  PruneRule never_active(const Deployment& deployment, std::vector<Kept>& kept_by) const {
    const auto& older_than = policy_.never_active_older_than;
    if (!older_than) {
      kept_by.push_back({KeepReason::never_active});
    } else if (deployment.created_at >= *older_than) {
      kept_by.push_back({KeepReason::young});
    }
    return PruneRule::never_active;
  }

  const PrunePolicy& policy_;
  const ReferrersByDeployment needed_;
  const std::vector<DeploymentId> once_active_;  // sorted
  std::uint32_t newest_ = 0;                     // places taken
};

}  // namespace

Status plan_prune(const View& view, std::string_view owner, const PrunePolicy& policy,
                  const std::function<void(PruneItem item)>& visit) {
  PURSER_ASSIGN(ReferrersByDeployment needed, channel_referrers(view, owner, policy.keep));
  PURSER_ASSIGN(std::vector<DeploymentId> active, once_active(view, owner));
  Judge judge(policy, std::move(needed), std::move(active));
  Status outcome;
  PURSER_TRY(scan_owner(view, owner, kNewest, [&](DeploymentId id) {
    Result<SharedDeployment> deployment = get_deployment(view, id);
    if (deployment) {
      visit(judge.judge(**deployment));
    } else {
      outcome = std::move(deployment).error();
    }
    return outcome.has_value();
  }));
  return outcome;
}

}  // namespace purser
