// Projection `identifiers`: which deployment bears an identifier, under the identifier.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "projection.h"

namespace purser {

Status fold_identifiers(const FoldInput& input, std::uint32_t build, WriteSet& changes);

struct Identified {
  std::string identifier;
  DeploymentId id;
};
/// Up to `limit` deployments whose identifier begins with `prefix`, sorted by identifier.
Result<std::vector<Identified>> identified_by(const View& view, std::string_view prefix,
                                              std::size_t limit);

}  // namespace purser
