// A pointer says which deployment of an owner is active on a channel; an activation is one movement
// of it. Both are derived from `Activated` events.
//
// Plain values, copies taken at one position of the log.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "purser/event.h"
#include "purser/types.h"

namespace purser {

/// The channel that is meant where none is named.
inline constexpr std::string_view kLiveChannel = "live";

/// Who froze a channel, when and why.
struct ChannelFreeze {
  std::string actor;
  std::string reason;
  Timestamp time;
  std::optional<std::string> channel;  ///< nothing: all of the owner's are, those to come included
  bool rollback_too = false;           ///< rollbacks are refused as well
  friend bool operator==(const ChannelFreeze&, const ChannelFreeze&) = default;
};

/// A freeze that several may hold; never changed once made, and null where there is none.
using SharedFreeze = std::shared_ptr<const ChannelFreeze>;

struct Pointer {
  std::string owner_key;
  std::string channel;
  Generation generation;  ///< 0: never activated
  std::optional<DeploymentId> active;
  std::optional<DeploymentId> previous;         ///< of the immediately preceding activation
  std::optional<DeploymentId> rollback_target;  ///< where `rollback` would go now
  std::optional<Timestamp> since;               ///< time of the latest activation
  std::optional<Position> position;             ///< of the latest activation
  std::optional<ChannelFreeze> frozen;          ///< the stricter one, where two hold the channel
  friend bool operator==(const Pointer&, const Pointer&) = default;
};

struct Activation {
  Position position;
  Timestamp time;
  std::string actor;
  std::string reason;
  Activated moved;
  friend bool operator==(const Activation&, const Activation&) = default;
};

}  // namespace purser
