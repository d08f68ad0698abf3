// Projection `activations`: which deployments were ever active on a channel, and when, under
// (owner, channel, deployment, generation). So that going back to one by name needs no walk.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "projection.h"

namespace purser {

Status fold_activations(const FoldInput& input, std::uint32_t build, WriteSet& changes);

/// The latest generation of the pointer at which `id` was active; nothing if it never was.
Result<std::optional<Generation>> latest_activation_of(const View& view, std::string_view owner,
                                                       std::string_view channel, DeploymentId id);

/// Every deployment that was ever active on any channel of `owner`, ascending.
Result<std::vector<DeploymentId>> once_active(const View& view, std::string_view owner);

}  // namespace purser
