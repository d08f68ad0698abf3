// Giving up artifacts by a policy: the plan, and its execution, one command after the other.
#include <fmt/format.h>

#include <utility>

#include "impl.h"
#include "input_limits.h"
#include "prune_plan.h"

namespace purser {
namespace {

Context for_one(const Context& context, DeploymentId id) {
  Context one = context;
  if (one.request_id) *one.request_id += fmt::format("/{}", id.value);
  return one;
}

}  // namespace

std::string_view to_string(KeepReason reason) {
  switch (reason) {
    case KeepReason::building: return "building";
    case KeepReason::active: return "active";
    case KeepReason::rollback_target: return "rollback_target";
    case KeepReason::pinned: return "pinned";
    case KeepReason::newest: return "newest";
    case KeepReason::young: return "young";
    case KeepReason::never_active: return "never_active";
    case KeepReason::deleted: return "deleted";
  }
  return "unknown";
}

std::string_view to_string(PruneRule rule) {
  switch (rule) {
    case PruneRule::beyond_newest: return "beyond_newest";
    case PruneRule::never_active: return "never_active";
  }
  return "unknown";
}

Result<std::vector<PruneItem>> Ledger::prune_plan(std::string_view owner,
                                                  const PrunePolicy& policy) const {
  PURSER_TRY(check_owner(owner));
  PURSER_ASSIGN(const Moment moment, impl_->now());
  std::vector<PruneItem> items;
  PURSER_TRY(plan_prune(moment.view(), owner, policy,
                        [&](PruneItem item) { items.push_back(std::move(item)); }));
  return items;
}

Result<PruneReport> Ledger::prune(std::string_view owner, const PrunePolicy& policy,
                                  const Context& given) {
  PURSER_TRY(check_owner(owner));
  PURSER_ASSIGN(const Context context, impl_->complete(given));
  PURSER_TRY(impl_->check_writable());
  std::vector<DeploymentId> going;  // newest first
  {
    PURSER_ASSIGN(const Moment moment, impl_->now());
    PURSER_TRY(plan_prune(moment.view(), owner, policy, [&](const PruneItem& item) {
      if (item.removed_by) going.push_back(item.deployment.id);
    }));
  }
  PruneReport report;
  if (going.empty()) return report;
  PURSER_TRY(check_context(for_one(context, going.front())));
  for (auto id = going.rbegin(); id != going.rend(); ++id) {
    Result<DeploymentAnswer> deleted =
        delete_artifact(*id, DeleteArtifactOptions{policy.keep}, for_one(context, *id));
    if (deleted) {
      report.removed.push_back(*id);
    } else if (!deleted.error().is<ArtifactDeleted>()) {  // somebody did it in between
      report.failed.push_back({*id, std::move(deleted).error()});
    }
  }
  return report;
}

}  // namespace purser
