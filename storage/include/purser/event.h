// The events of the log: what history holds, as opposed to what a caller proposes.
//
// An event records a decision, so that replaying it never re-runs a rule. Events are plain values;
// their stored bytes are described in docs/event-format.md and never change once written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "purser/error.h"
#include "purser/export.h"
#include "purser/types.h"

namespace purser {

/// Stored as these numbers, which are never given another meaning.
enum class EventKind : std::uint16_t {
  created = 1,
  ready = 2,
  failed = 3,
  marked_bad = 4,
  unmarked_bad = 5,
  artifact_deleted = 6,
  activated = 7,
  noted = 8,
  pinned = 9,
  unpinned = 10,
  frozen = 11,
  unfrozen = 12,
};
/// The lower-case word for a kind, as printed and as read by the program.
[[nodiscard]] PURSER_EXPORT std::string_view to_string(EventKind kind);
[[nodiscard]] PURSER_EXPORT std::optional<EventKind> parse_event_kind(std::string_view word);

/// Labels of a deployment, sorted by key.
using Labels = std::map<std::string, std::string>;

/// Files in this ledger. `digest` is the SHA-256 of the manifest (docs/artifact-format.md).
struct StoredArtifact {
  Digest digest;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const StoredArtifact&, const StoredArtifact&) = default;
};
/// Bytes elsewhere, as the caller told it: recorded, never verified.
struct ExternalArtifact {
  std::string location;
  std::uint64_t bytes = 0;
  friend bool operator==(const ExternalArtifact&, const ExternalArtifact&) = default;
};
using Artifact = std::variant<StoredArtifact, ExternalArtifact>;

/// Why a deployment failed.
struct Failure {
  std::string code;
  std::string message;
  friend bool operator==(const Failure&, const Failure&) = default;
};

/// What moved a pointer.
enum class Cause : std::uint8_t { promote = 1, rollback = 2, restore = 3, clear = 4 };
[[nodiscard]] PURSER_EXPORT std::string_view to_string(Cause cause);

struct Created {
  DeploymentId id;
  std::string identifier;  ///< UUID version 4, lower case
  std::string owner_key;
  std::optional<std::string> source_ref;
  Labels labels;
  friend bool operator==(const Created&, const Created&) = default;
};
struct Ready {
  DeploymentId id;
  std::string owner_key;
  Artifact artifact;
  friend bool operator==(const Ready&, const Ready&) = default;
};
struct Failed {
  DeploymentId id;
  std::string owner_key;
  Failure failure;
  friend bool operator==(const Failed&, const Failed&) = default;
};
/// The reason stands in the event's header.
struct BadMarked {
  DeploymentId id;
  std::string owner_key;
  friend bool operator==(const BadMarked&, const BadMarked&) = default;
};
struct BadUnmarked {
  DeploymentId id;
  std::string owner_key;
  friend bool operator==(const BadUnmarked&, const BadUnmarked&) = default;
};
struct ArtifactDropped {
  DeploymentId id;
  std::string owner_key;
  friend bool operator==(const ArtifactDropped&, const ArtifactDropped&) = default;
};
/// One movement of one pointer.
struct Activated {
  std::string owner_key;
  std::string channel;
  Cause cause = Cause::promote;
  Generation generation;
  Generation parent;                       ///< 0: none
  std::optional<DeploymentId> deployment;  ///< nothing after `clear`
  std::optional<DeploymentId> previous;    ///< active before this activation
  std::vector<Skipped> skipped;            ///< what a rollback passed over, nearest first
  friend bool operator==(const Activated&, const Activated&) = default;
};
/// A command with a request id that had nothing to change; remembered so that a retry is known.
/// Names the deployment, or the pointer and how it stood.
struct Noted {
  std::string owner_key;
  std::optional<DeploymentId> deployment;
  std::optional<std::string> channel;
  Generation generation;                 ///< with `channel`: as it stood
  std::optional<DeploymentId> active;    ///< with `channel`: as it stood
  std::optional<DeploymentId> previous;  ///< with `channel`: as it stood
  friend bool operator==(const Noted&, const Noted&) = default;
};
/// The reason stands in the event's header.
struct Pinned {
  DeploymentId id;
  std::string owner_key;
  friend bool operator==(const Pinned&, const Pinned&) = default;
};
struct Unpinned {
  DeploymentId id;
  std::string owner_key;
  friend bool operator==(const Unpinned&, const Unpinned&) = default;
};
/// The reason stands in the event's header.
struct ChannelsFrozen {
  std::string owner_key;
  std::optional<std::string> channel;  ///< nothing: all of the owner's, those to come included
  bool rollback_too = false;
  friend bool operator==(const ChannelsFrozen&, const ChannelsFrozen&) = default;
};
struct ChannelsUnfrozen {
  std::string owner_key;
  std::optional<std::string> channel;  ///< as in the freeze that ends
  friend bool operator==(const ChannelsUnfrozen&, const ChannelsUnfrozen&) = default;
};

/// In the order of `EventKind`.
using Payload = std::variant<Created, Ready, Failed, BadMarked, BadUnmarked, ArtifactDropped,
                             Activated, Noted, Pinned, Unpinned, ChannelsFrozen, ChannelsUnfrozen>;

/// The events that one command wrote together: `count` of them from position `first`.
struct EventGroup {
  Position first;
  std::uint32_t count = 0;
  friend bool operator==(const EventGroup&, const EventGroup&) = default;
};

/// What every event says besides its payload.
struct EventHeader {
  std::string actor;
  std::string reason;
  std::optional<std::string> request_id;
  std::optional<Digest> command_digest;  ///< SHA-256 over verb and arguments; with a request id
  /// The raw clock, when over 1 s away from `Event::time`; of an imported event the time at which
  /// it happened, when that is known.
  std::optional<Timestamp> wall_time;
  std::optional<EventGroup> group;  ///< when one command wrote several events
  bool imported = false;  ///< it happened before there was this ledger, and was entered later
  friend bool operator==(const EventHeader&, const EventHeader&) = default;
};

/// One entry of the log.
struct Event {
  Position position;
  Timestamp time;  ///< strictly ascending along the log
  EventHeader header;
  Payload payload;

  [[nodiscard]] EventKind kind() const { return static_cast<EventKind>(payload.index() + 1); }
  /// When it happened: `time`, and of an imported event the original time where that is known.
  [[nodiscard]] Timestamp happened_at() const {
    return header.imported && header.wall_time ? *header.wall_time : time;
  }
  /// False where it was imported and nobody knows when it happened: `time` says only where it
  /// stands.
  [[nodiscard]] bool time_is_known() const { return !header.imported || header.wall_time; }
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace purser
