// What users' projections may be called, and what else is asked of them.
#pragma once

#include <string_view>
#include <vector>

#include "purser/user_projection.h"

namespace purser {

/// Errors: InvalidArgument, LimitExceeded.
Status check_projection_name(std::string_view name);
/// Of a handle. Errors: InvalidArgument, also where two have one name, LimitExceeded.
Status check_user_projections(const std::vector<UserProjection>& projections);

}  // namespace purser
