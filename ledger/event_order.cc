#include "event_order.h"

#include <fmt/format.h>

#include <variant>

#include "input_limits.h"
#include "try.h"

namespace purser {
namespace {

// The texts of a payload.
struct CheckPayload {
  Status operator()(const Created& event) const {
    PURSER_TRY(check_create(event.source_ref, event.labels));
    if (!is_uuid(event.identifier)) {
      return InvalidArgument{"identifier", fmt::format("'{}' is no UUID of version 4 in lower case",
                                                       event.identifier)};
    }
    return check_owner(event.owner_key);
  }
  Status operator()(const Ready& event) const {
    PURSER_TRY(check_owner(event.owner_key));
    const auto* external = std::get_if<ExternalArtifact>(&event.artifact);
    return external != nullptr ? check_location(external->location) : Status();
  }
  Status operator()(const Failed& event) const {
    PURSER_TRY(check_owner(event.owner_key));
    return check_failure(event.failure.code, event.failure.message);
  }
  // Whoever walks up the parents must come to an end.
  Status operator()(const Activated& event) const {
    PURSER_TRY(check_pointer(event.owner_key, event.channel));
    if (event.parent < event.generation) return {};
    return InvalidArgument{"parent", "is not a generation before"};
  }
  Status operator()(const Noted& event) const {
    return check_scope(event.owner_key, event.channel);
  }
  Status operator()(const ChannelsFrozen& event) const {
    return check_scope(event.owner_key, event.channel);
  }
  Status operator()(const ChannelsUnfrozen& event) const {
    return check_scope(event.owner_key, event.channel);
  }
  template <class Subject>
  Status operator()(const Subject& event) const {
    return check_owner(event.owner_key);
  }

 private:
  // As RFC 9562 has version 4, in lower case.
  static bool is_uuid(std::string_view text) {
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    if (text.size() != kForm.size()) return false;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
      const std::string_view allowed = kForm[i] == 'x'   ? "0123456789abcdef"
                                       : kForm[i] == 'y' ? "89ab"
                                                         : kForm.substr(i, 1);
      if (allowed.find(text[i]) == std::string_view::npos) return false;
    }
    return true;
  }
};

}  // namespace

Status check_event(const Event& event) {
  PURSER_TRY(check_header(event.header));
  return std::visit(CheckPayload(), event.payload);
}

EventMark mark_of(const Event& event) {
  EventMark mark{event.position, event.time, event.header.group, {}};
  if (const auto* created = std::get_if<Created>(&event.payload)) mark.created = created->id;
  return mark;
}

std::string EventOrder::next(const EventMark& event) {
  if (event.position.value != last_.position.value + 1) {
    return fmt::format("it is event {}, and event {} is next", event.position.value,
                       last_.position.value + 1);
  }
  if (last_.position.value > 0 && event.time <= last_.time) {
    return "its time is not after that of the event before";
  }
  if (std::string wrong = check_group(event); !wrong.empty()) return wrong;
  const bool creates = event.created.value > 0;
  if (creates && event.created <= last_.created) {
    return fmt::format("it creates deployment {} after deployment {}", event.created.value,
                       last_.created.value);
  }
  const DeploymentId created = creates ? event.created : last_.created;
  last_ = event;
  last_.created = created;
  return {};
}

std::string EventOrder::end() const {
  return group_is_open() ? "the last command has not all of its events" : std::string();
}

bool EventOrder::group_is_open() const {
  return last_.group && last_.position.value - last_.group->first.value + 1 < last_.group->count;
}

std::string EventOrder::check_group(const EventMark& event) const {
  if (group_is_open()) {
    return event.group == last_.group ? "" : "the command before has not all of its events";
  }
  if (!event.group || (event.group->first == event.position && event.group->count > 0)) return {};
  return "it belongs to a command whose events do not begin here";
}

}  // namespace purser
