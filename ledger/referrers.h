// Who needs the artifact of a deployment: the channels that point at it, those whose next rollbacks
// would reach it, and pins.
//
// One answer for the command that deletes an artifact and for the plan that proposes to. Free
// functions over one View.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "projection.h"
#include "purser/error.h"
#include "purser/status.h"

namespace purser {

using ReferrersByDeployment = std::map<DeploymentId, std::vector<Referrer>>;

/// What the channels of `owner` need, each deployment once for a channel: what is active, and the
/// next `keep` that rollbacks would reach.
Result<ReferrersByDeployment> channel_referrers(const View& view, std::string_view owner,
                                                std::uint32_t keep);

/// All that needs the artifact of `deployment`; channels first, sorted by bytes.
Result<std::vector<Referrer>> referrers_of(const View& view, const Deployment& deployment,
                                           std::uint32_t keep);

}  // namespace purser
