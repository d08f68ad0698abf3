#include "past.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "answers.h"
#include "deployments.h"
#include "event_log.h"
#include "freezes.h"
#include "input_limits.h"
#include "pointers.h"
#include "try.h"

namespace purser {
namespace {

// A cursor names the last pointer of its page: the length of the owner, a colon, owner and channel.
std::string cursor_of(const Pointer& last) {
  return fmt::format("{}:{}{}", last.owner_key.size(), last.owner_key, last.channel);
}
Result<OwnedPointerName> parse_name(std::string_view cursor) {
  const std::string_view digits = cursor.substr(0, cursor.find(':'));
  const std::string_view names = cursor.substr(std::min(digits.size() + 1, cursor.size()));
  std::size_t length = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool well_formed =
      read.ec == std::errc() && read.ptr == digits.data() + digits.size() && length <= names.size();
  if (!well_formed) return InvalidArgument{"after", "it is no cursor of an earlier page"};
  const PointerName name{names.substr(0, length), names.substr(length)};
  PURSER_TRY(check_pointer(name.owner, name.channel));
  return OwnedPointerName(name);
}

}  // namespace

Result<Position> position_of(const View& view, const AsOf& at) {
  if (const auto* time = std::get_if<Timestamp>(&at)) {
    return last_event_until(view.rows, view.at, *time);
  }
  const auto position = std::get<Position>(at);
  if (position <= view.at) return position;
  return InvalidArgument{"position", fmt::format("{} is beyond the end of the log, which is {}",
                                                 position.value, view.at.value)};
}

Result<SharedDeployment> query_active(const View& view, const PointerName& name, const AsOf& at) {
  if (const auto* time = std::get_if<Timestamp>(&at)) {
    PURSER_ASSIGN(const PointerRow row,
                  latest_pointer_until(view, name.owner, name.channel, *time));
    if (!row.deployment) return SharedDeployment();
    PURSER_ASSIGN(DatedDeployment now, find_dated_deployment(view, *row.deployment));
    // Most have not changed since they were activated, and need no look at the log.
    if (now.deployment && now.since <= row.position) return std::move(now.deployment);
  }
  PURSER_ASSIGN(const Position position, position_of(view, at));
  const View then{view.rows, view.builds, position};
  PURSER_ASSIGN(const PointerRow row, latest_pointer(then, name.owner, name.channel));
  if (!row.deployment) return SharedDeployment();
  return get_deployment(then, *row.deployment);
}

Result<Pointer> query_pointer(const View& then, const PointerName& name) {
  PURSER_ASSIGN(const PointerRow latest, latest_pointer(then, name.owner, name.channel));
  PURSER_ASSIGN(const auto target, rollback_target(then, name, latest));
  PURSER_ASSIGN(const SharedFreeze freeze, freeze_in_force(then, name.owner, name.channel));
  return make_pointer(name, latest, target, freeze);
}

Result<Page<Pointer>> query_state(const View& then, const PageRequest& request) {
  PURSER_TRY(check_page(request));
  std::optional<OwnedPointerName> after;
  if (request.after) {
    PURSER_ASSIGN(after, parse_name(*request.after));
  }
  Page<Pointer> page;
  PURSER_TRY(scan_pointer_names(then, after, [&](const PointerName& name) -> Result<bool> {
    if (page.items.size() == request.limit) {
      page.next = cursor_of(page.items.back());
      return false;
    }
    PURSER_ASSIGN(Pointer pointer, query_pointer(then, name));
    page.items.push_back(std::move(pointer));
    return true;
  }));
  return page;
}

}  // namespace purser
