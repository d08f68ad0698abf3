#include "event_matcher.h"

#include <algorithm>
#include <optional>

#include "deployments.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kKnownMax = 4096;

const std::string& owner_of(const Event& event) {
  return std::visit([](const auto& payload) -> const std::string& { return payload.owner_key; },
                    event.payload);
}

// The deployment that an event is about; nothing where it is about channels only.
struct Subject {
  template <class OfDeployment>
  std::optional<DeploymentId> operator()(const OfDeployment& event) const {
    return event.id;
  }
  std::optional<DeploymentId> operator()(const Activated& event) const { return event.deployment; }
  std::optional<DeploymentId> operator()(const Noted& event) const {
    return event.channel ? event.active : event.deployment;
  }
  std::optional<DeploymentId> operator()(const ChannelsFrozen&) const { return std::nullopt; }
  std::optional<DeploymentId> operator()(const ChannelsUnfrozen&) const { return std::nullopt; }
};

}  // namespace

Result<bool> EventMatcher::matches(const Event& event) {
  if (filter_.kind && event.kind() != *filter_.kind) return false;
  if (filter_.actor && event.header.actor != *filter_.actor) return false;
  if (filter_.owner_key && owner_of(event) != *filter_.owner_key) return false;
  if (filter_.labels.empty()) return true;
  const auto subject = std::visit(Subject{}, event.payload);
  return subject ? has_labels(*subject) : Result<bool>(false);
}

Result<bool> EventMatcher::has_labels(DeploymentId id) {
  if (const auto known = known_.find(id.value); known != known_.end()) return known->second;
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view_, id));
  const Labels& labels = deployment->labels;
  const bool all =
      std::includes(labels.begin(), labels.end(), filter_.labels.begin(), filter_.labels.end());
  if (known_.size() == kKnownMax) known_.clear();
  known_.emplace(id.value, all);
  return all;
}

}  // namespace purser
