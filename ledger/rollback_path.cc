#include "rollback_path.h"

#include <map>
#include <optional>

#include "deployments.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kSkippedMax = 4096;  // 10 bytes each in an event of at most 60,000

// Why `id` cannot be gone back to; nothing if it can.
Result<std::optional<SkipReason>> reason_to_skip(const View& view, std::optional<DeploymentId> id,
                                                 std::optional<DeploymentId> active_now) {
  if (!id) return std::optional(SkipReason::nothing_active);
  if (id == active_now) return std::optional(SkipReason::active_now);
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, *id));
  if (deployment->bad) return std::optional(SkipReason::bad);
  if (deployment->artifact_deleted_at) return std::optional(SkipReason::deleted);
  return std::optional<SkipReason>();
}

}  // namespace

Result<std::vector<Skipped>> walk_back(const View& view, std::string_view owner,
                                       std::string_view channel, const PointerRow& from,
                                       const TargetVisitor& visit) {
  // One state of the ledger: what a deployment is skipped for does not change during the walk.
  std::map<std::optional<DeploymentId>, std::optional<SkipReason>> known;
  std::vector<Skipped> skipped;
  PointerRow at = from;
  while (at.parent.value != 0) {
    PURSER_ASSIGN(at, pointer_at(view, owner, channel, at.parent));
    auto reason = known.find(at.deployment);
    if (reason == known.end()) {
      PURSER_ASSIGN(const auto why, reason_to_skip(view, at.deployment, from.deployment));
      reason = known.emplace(at.deployment, why).first;
      if (why) skipped.push_back({at.deployment, *why});
    }
    if (skipped.size() > kSkippedMax) return LimitExceeded{"skipped", kSkippedMax, skipped.size()};
    if (!reason->second && !visit(at)) break;
  }
  return skipped;
}

}  // namespace purser
