// Projection `deployments`: the state of each deployment after each event that changed it, under
// (id, position). The latest one is found by a reverse seek.
#pragma once

#include <functional>
#include <optional>

#include "projection.h"
#include "purser/deployment.h"

namespace purser {

Status fold_deployments(const Event& event, const RowReader& rows, std::uint32_t build,
                        WriteSet& changes);

/// As of `view.at`; nothing when there was no such deployment.
Result<std::optional<Deployment>> find_deployment(const View& view, DeploymentId id);

/// The same, but NotFound{id}.
Result<Deployment> get_deployment(const View& view, DeploymentId id);

/// The greatest id that was ever given; 0 for none.
Result<DeploymentId> last_deployment(const View& view);

}  // namespace purser
