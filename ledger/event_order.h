// Whether events that come from elsewhere are such as a ledger writes: each by itself, and one
// after the other. What follows from rules of commands is not looked at.
#pragma once

#include <optional>
#include <string>

#include "purser/event.h"
#include "purser/status.h"

namespace purser {

/// Texts that a command would have refused, and a pointer whose parents do not lead back. Errors:
/// InvalidArgument, LimitExceeded. From any thread.
Status check_event(const Event& event);

/// What of an event the order of the log depends on.
struct EventMark {
  Position position;
  Timestamp time;
  std::optional<EventGroup> group;
  DeploymentId created;  ///< 0 for any other kind
};
[[nodiscard]] EventMark mark_of(const Event& event);

class EventOrder {
 public:
  /// Why `next` cannot follow on those before; empty where it can.
  [[nodiscard]] std::string next(const EventMark& event);
  /// Why the log cannot end here; empty where it can.
  [[nodiscard]] std::string end() const;

 private:
  [[nodiscard]] std::string check_group(const EventMark& event) const;
  [[nodiscard]] bool group_is_open() const;

  EventMark last_;
};

}  // namespace purser
