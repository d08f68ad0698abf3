#include "referrers.h"

#include <string>
#include <utility>

#include "pointers.h"
#include "rollback_path.h"
#include "try.h"

namespace purser {
namespace {

Status add_channel(const View& view, std::string_view owner, const std::string& channel,
                   std::uint32_t keep, ReferrersByDeployment& needed) {
  PURSER_ASSIGN(const auto pointer, latest_pointer(view, owner, channel));
  if (pointer.deployment) {
    needed[*pointer.deployment].push_back({channel, ReferrerRole::active});
  }
  if (keep == 0) return {};
  std::uint32_t left = keep;
  const auto visit = [&](const PointerRow& target) {
    auto& known = needed[*target.deployment];
    // A way back may come by the same deployment again.
    if (known.empty() || known.back().channel != channel) {
      known.push_back({channel, ReferrerRole::rollback_target});
    }
    return --left > 0;
  };
  PURSER_ASSIGN(const auto skipped, walk_back(view, owner, channel, pointer, visit));
  return {};
}

}  // namespace

Result<ReferrersByDeployment> channel_referrers(const View& view, std::string_view owner,
                                                std::uint32_t keep) {
  ReferrersByDeployment needed;
  PURSER_ASSIGN(const std::vector<std::string> channels, channels_of(view, owner));
  for (const std::string& channel : channels) {
    PURSER_TRY(add_channel(view, owner, channel, keep, needed));
  }
  return needed;
}

Result<std::vector<Referrer>> referrers_of(const View& view, const Deployment& deployment,
                                           std::uint32_t keep) {
  PURSER_ASSIGN(auto needed, channel_referrers(view, deployment.owner_key, keep));
  std::vector<Referrer> referrers = std::move(needed[deployment.id]);
  if (deployment.pinned) {
    referrers.push_back({{}, ReferrerRole::pinned, deployment.pinned->reason});
  }
  return referrers;
}

}  // namespace purser
