#include "deployment_rules.h"

#include <fmt/format.h>

#include <utility>

#include "deployments.h"
#include "draft.h"
#include "referrers.h"
#include "try.h"

namespace purser {
namespace {

Result<SharedDeployment> get_building(const View& view, DeploymentId id) {
  PURSER_ASSIGN(SharedDeployment deployment, get_deployment(view, id));
  if (deployment->status != DeploymentStatus::building) return NotBuilding{id, deployment->status};
  return deployment;
}

Decision one_event(Payload payload) {
  Decision decision;
  decision.events.push_back(std::move(payload));
  return decision;
}

Decision nothing_to_change(const Deployment& deployment) {
  Decision nothing;
  nothing.noted = Noted{};
  nothing.noted->owner_key = deployment.owner_key;
  nothing.noted->deployment = deployment.id;
  return nothing;
}

// The end of `building`. A draft that was never edited goes at once, so that an open need not.
Decision sealing(Payload payload, DeploymentId id, const std::optional<DraftHead>& head) {
  Decision decision = one_event(std::move(payload));
  if (head && head->revision == 0) erase_untouched_draft(decision.rows, id);
  return decision;
}

}  // namespace

Result<Decision> decide_create(const View& view, std::string_view owner,
                               const CreateOptions& options, std::string identifier) {
  PURSER_ASSIGN(const DeploymentId last, last_deployment(view));
  const DeploymentId id{last.value + 1};
  Decision decision = one_event(
      Created{id, std::move(identifier), std::string(owner), options.source_ref, options.labels});
  put_draft_head(decision.rows, id, DraftHead{});
  return decision;
}

Result<Decision> decide_ready(const View& view, DeploymentId id, const StoredArtifact& artifact,
                              bool allow_empty) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_building(view, id));
  if (artifact.files == 0 && !allow_empty) return EmptyArtifact{id};
  PURSER_ASSIGN(const auto head, draft_head(view.rows, id));
  return sealing(Ready{id, deployment->owner_key, artifact}, id, head);
}

Result<Decision> decide_ready_external(const View& view, DeploymentId id,
                                       const ExternalArtifact& artifact) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_building(view, id));
  PURSER_ASSIGN(const auto head, draft_head(view.rows, id));
  if (head) {
    PURSER_ASSIGN(const bool empty, draft_is_empty(view.rows, id, *head));
    if (!empty) {
      return InvalidArgument{"location",
                             fmt::format("deployment {} has stored files; it cannot be external "
                                         "as well",
                                         id.value)};
    }
  }
  return sealing(Ready{id, deployment->owner_key, artifact}, id, head);
}

Result<Decision> decide_failed(const View& view, DeploymentId id, const Failure& failure) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_building(view, id));
  PURSER_ASSIGN(const auto head, draft_head(view.rows, id));
  return sealing(Failed{id, deployment->owner_key, failure}, id, head);
}

Result<Decision> decide_mark_bad(const View& view, DeploymentId id) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, id));
  return one_event(BadMarked{id, deployment->owner_key});
}

Result<Decision> decide_unmark_bad(const View& view, DeploymentId id) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, id));
  if (deployment->bad) return one_event(BadUnmarked{id, deployment->owner_key});
  return nothing_to_change(*deployment);
}

Result<Decision> decide_pin(const View& view, DeploymentId id) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, id));
  if (deployment->artifact_deleted_at) return ArtifactDeleted{id, *deployment->artifact_deleted_at};
  return one_event(Pinned{id, deployment->owner_key});
}

Result<Decision> decide_unpin(const View& view, DeploymentId id) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, id));
  if (deployment->pinned) return one_event(Unpinned{id, deployment->owner_key});
  return nothing_to_change(*deployment);
}

Result<Decision> decide_delete_artifact(const View& view, DeploymentId id, std::uint32_t keep) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, id));
  if (deployment->status == DeploymentStatus::building) return NotReady{id, deployment->status};
  if (deployment->artifact_deleted_at) return ArtifactDeleted{id, *deployment->artifact_deleted_at};
  PURSER_ASSIGN(std::vector<Referrer> referrers, referrers_of(view, *deployment, keep));
  if (!referrers.empty()) return InUse{id, std::move(referrers)};
  return one_event(ArtifactDropped{id, deployment->owner_key});
}

Result<SharedDeployment> get_unsealed(const View& view, DeploymentId id) {
  PURSER_ASSIGN(SharedDeployment deployment, get_deployment(view, id));
  if (deployment->status != DeploymentStatus::building) return Sealed{id};
  return deployment;
}

}  // namespace purser
