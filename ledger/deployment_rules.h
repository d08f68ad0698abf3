// What the commands on deployments decide. Pure functions of a View: they read, and propose.
//
// The rules are those of docs/architecture.md; each error is the reason of a refusal.
#pragma once

#include <string>
#include <string_view>

#include "proposal.h"
#include "purser/commands.h"

namespace purser {

Result<Decision> decide_create(const View& view, std::string_view owner,
                               const CreateOptions& options, std::string identifier);

/// Errors: NotBuilding, EmptyArtifact.
Result<Decision> decide_ready(const View& view, DeploymentId id, const StoredArtifact& artifact,
                              bool allow_empty);
Result<Decision> decide_ready_external(const View& view, DeploymentId id,
                                       const ExternalArtifact& artifact);
Result<Decision> decide_failed(const View& view, DeploymentId id, const Failure& failure);
Result<Decision> decide_mark_bad(const View& view, DeploymentId id);
Result<Decision> decide_unmark_bad(const View& view, DeploymentId id);
/// Errors: ArtifactDeleted.
Result<Decision> decide_pin(const View& view, DeploymentId id);
Result<Decision> decide_unpin(const View& view, DeploymentId id);
Result<Decision> decide_delete_artifact(const View& view, DeploymentId id, std::uint32_t keep);

/// The deployment, if its files may still change: Sealed otherwise.
Result<SharedDeployment> get_unsealed(const View& view, DeploymentId id);

}  // namespace purser
