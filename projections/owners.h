// Projection `owners`: the deployments of each owner, under (owner, id).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "projection.h"

namespace purser {

Status fold_owners(const FoldInput& input, std::uint32_t build, WriteSet& changes);

/// Visits the ids of `owner` below `before`, newest first, until `visit` is false.
Status scan_owner(const View& view, std::string_view owner, DeploymentId before,
                  const std::function<bool(DeploymentId)>& visit);

/// Up to `limit` owners behind `after` (empty: from the first), sorted by bytes.
Result<std::vector<std::string>> owners_after(const View& view, std::string_view after,
                                              std::size_t limit);

}  // namespace purser
