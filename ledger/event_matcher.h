// Whether an event is what an EventFilter asks for, but for its times, which are a matter of
// positions. One thread at a time; the view must outlive it.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "projection.h"
#include "purser/commands.h"
#include "purser/status.h"

namespace purser {

class EventMatcher {
 public:
  EventMatcher(const View& view, const EventFilter& filter) : view_(view), filter_(filter) {}

  /// Errors: those of looking up the deployment, where labels are asked for.
  Result<bool> matches(const Event& event);

 private:
  Result<bool> has_labels(DeploymentId id);

  const View& view_;
  const EventFilter& filter_;
  std::unordered_map<std::uint64_t, bool> known_;  // labels of a deployment never change
};

}  // namespace purser
