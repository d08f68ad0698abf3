// What a policy makes of the deployments of one owner. Changes nothing: what it says may go is
// judged again by the command that deletes it.
#pragma once

#include <functional>
#include <string_view>

#include "projection.h"
#include "purser/prune.h"
#include "purser/status.h"

namespace purser {

/// Visits every deployment of `owner`, newest first. What is held at a time grows with the channels
/// of the owner and with what was once active, and with nothing else.
Status plan_prune(const View& view, std::string_view owner, const PrunePolicy& policy,
                  const std::function<void(PruneItem item)>& visit);

}  // namespace purser
