// Projection `deployments`: the state of each deployment after each event that changed it, under
// (id, position). The latest one is found by a reverse seek.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "projection.h"
#include "purser/deployment.h"

namespace purser {

Status fold_deployments(const FoldInput& input, std::uint32_t build, WriteSet& changes);

/// Where the state of `id` after the event at `position` stands.
[[nodiscard]] std::string deployment_key(std::uint32_t build, DeploymentId id, Position position);

/// As of `view.at`; null when there was no such deployment.
Result<SharedDeployment> find_deployment(const View& view, DeploymentId id);

/// The same, and the position of the event that made it so.
struct DatedDeployment {
  SharedDeployment deployment;
  Position since;
};
Result<DatedDeployment> find_dated_deployment(const View& view, DeploymentId id);

/// The same, but never null: NotFound{id}.
Result<SharedDeployment> get_deployment(const View& view, DeploymentId id);

/// The deployment that the value of a row says. Errors: Corruption.
Result<SharedDeployment> decode_deployment(DeploymentId id, std::string_view value);

/// The latest state of every deployment, by id; an error ends it with that error. Faster than one
/// by one. Errors: Corruption, Io.
Status visit_deployments(const View& view,
                         const std::function<Status(const SharedDeployment& deployment)>& visit);

/// The greatest id that was ever given; 0 for none.
Result<DeploymentId> last_deployment(const View& view);

}  // namespace purser
