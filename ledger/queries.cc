#include "queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "deployments.h"
#include "event_log.h"
#include "event_matcher.h"
#include "identifiers.h"
#include "input_limits.h"
#include "owners.h"
#include "pointers.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint64_t kNewestPosition = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kPrefixCharactersMin = 4;
constexpr std::size_t kMatchesListed = 10;

Result<std::uint64_t> cursor_or(const PageRequest& page, std::uint64_t otherwise) {
  PURSER_TRY(check_page(page));
  if (!page.after) return otherwise;
  return parse_cursor(*page.after);
}

// A scan gathers one item more than asked for, to know whether there is a next page.
template <class Item>
[[nodiscard]] bool wants_more(const std::vector<Item>& items, const PageRequest& page) {
  return items.size() <= page.limit;
}
template <class Item, class CursorOf>
Page<Item> make_page(std::vector<Item> items, const PageRequest& page, CursorOf cursor_of) {
  Page<Item> answer;
  answer.items = std::move(items);
  if (answer.items.size() > page.limit) {
    answer.items.pop_back();
    answer.next = cursor_of(answer.items.back());
  }
  return answer;
}

bool matches(const Deployment& deployment, const DeploymentFilter& filter) {
  if (filter.status && deployment.status != *filter.status) return false;
  if (filter.source_ref && deployment.source_ref != filter.source_ref) return false;
  return std::includes(deployment.labels.begin(), deployment.labels.end(), filter.labels.begin(),
                       filter.labels.end());
}

// The first position whose event is at or after `time`; one past the end if there is none.
Result<Position> first_at_or_after(const View& view, Timestamp time) {
  if (time.unix_us == INT64_MIN) return Position{1};
  PURSER_ASSIGN(const Position before,
                last_event_until(view.rows, view.at, Timestamp{time.unix_us - 1}));
  return Position{before.value + 1};
}

struct Span {
  Position first;
  Position last;
};

// Which positions a page of history can come from.
Result<Span> history_span(const View& view, const EventFilter& filter, const PageRequest& page,
                          bool newest_first) {
  Span span{Position{1}, view.at};
  if (filter.since) {
    PURSER_ASSIGN(span.first, first_at_or_after(view, *filter.since));
  }
  if (filter.until) {
    PURSER_ASSIGN(const Position end, first_at_or_after(view, *filter.until));
    span.last = Position{end.value - 1};
  }
  PURSER_ASSIGN(const std::uint64_t after, cursor_or(page, newest_first ? kNewestPosition : 0));
  if (newest_first) {
    if (after <= span.last.value) span.last = Position{after == 0 ? 0 : after - 1};
  } else if (after >= span.first.value) {
    span.first = Position{after == kNewestPosition ? kNewestPosition : after + 1};
  }
  return span;
}

Result<Activation> to_activation(const View& view, const PointerRow& row) {
  PURSER_ASSIGN(Event event, read_event(view.rows, row.position));
  auto* moved = std::get_if<Activated>(&event.payload);
  if (moved == nullptr) return damaged_row(ProjectionId::pointers);
  return Activation{event.position, event.time, std::move(event.header.actor),
                    std::move(event.header.reason), std::move(*moved)};
}

bool only_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<Deployment> query_find(const View& view, std::string_view identifier) {
  if (identifier.size() < kPrefixCharactersMin || only_digits(identifier)) {
    return InvalidArgument{"identifier", fmt::format("'{}' needs at least {} characters, not "
                                                     "digits alone",
                                                     identifier, kPrefixCharactersMin)};
  }
  PURSER_ASSIGN(const std::vector<Identified> found,
                identified_by(view, identifier, kMatchesListed + 1));
  if (found.empty()) return NotFound{{}, fmt::format("deployment '{}'", identifier)};
  if (found.size() == 1) {
    PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, found.front().id));
    return *deployment;
  }
  std::string matches;
  for (std::size_t i = 0; i < std::min(found.size(), kMatchesListed); ++i) {
    matches += fmt::format("{}{} ({})", i == 0 ? "" : ", ", found[i].identifier, found[i].id.value);
  }
  if (found.size() > kMatchesListed) matches += ", and more";
  return InvalidArgument{"identifier",
                         fmt::format("'{}' stands for several: {}", identifier, matches)};
}

Result<Page<Deployment>> query_list(const View& view, std::string_view owner,
                                    const DeploymentFilter& filter, const PageRequest& page) {
  PURSER_TRY(check_owner(owner));
  PURSER_ASSIGN(const std::uint64_t before, cursor_or(page, kNewestPosition));
  std::vector<Deployment> items;
  Status outcome;
  PURSER_TRY(scan_owner(view, owner, DeploymentId{before}, [&](DeploymentId id) {
    Result<SharedDeployment> deployment = get_deployment(view, id);
    if (!deployment) {
      outcome = std::move(deployment).error();
      return false;
    }
    if (matches(**deployment, filter)) items.push_back(**deployment);
    return wants_more(items, page);
  }));
  PURSER_TRY(std::move(outcome));
  return make_page(std::move(items), page,
                   [](const Deployment& last) { return std::to_string(last.id.value); });
}

Result<Page<std::string>> query_owners(const View& view, const PageRequest& page) {
  PURSER_TRY(check_page(page));
  if (page.after) PURSER_TRY(check_owner(*page.after));
  PURSER_ASSIGN(std::vector<std::string> owners,
                owners_after(view, page.after.value_or(""), page.limit + 1));
  return make_page(std::move(owners), page, [](const std::string& last) { return last; });
}

Result<Page<Activation>> query_activations(const View& view, std::string_view owner,
                                           std::string_view channel, const PageRequest& page) {
  PURSER_TRY(check_owner(owner));
  PURSER_TRY(check_channel(channel));
  PURSER_ASSIGN(const std::uint64_t before, cursor_or(page, kNewestPosition));
  std::vector<Activation> items;
  Status outcome;
  PURSER_TRY(scan_pointer(view, owner, channel, Generation{before}, [&](const PointerRow& row) {
    Result<Activation> activation = to_activation(view, row);
    if (!activation) {
      outcome = std::move(activation).error();
      return false;
    }
    items.push_back(*std::move(activation));
    return wants_more(items, page);
  }));
  PURSER_TRY(std::move(outcome));
  return make_page(std::move(items), page, [](const Activation& last) {
    return std::to_string(last.moved.generation.value);
  });
}

Result<Page<Event>> query_history(const View& view, const EventFilter& filter,
                                  const PageRequest& page, HistoryOrder order) {
  if (filter.owner_key) PURSER_TRY(check_owner(*filter.owner_key));
  const bool newest_first = order == HistoryOrder::newest_first;
  PURSER_ASSIGN(const Span span, history_span(view, filter, page, newest_first));
  EventMatcher matcher(view, filter);
  std::vector<Event> items;
  const Direction direction = newest_first ? Direction::descending : Direction::ascending;
  PURSER_TRY(scan_events(view.rows, span.first, span.last, direction,
                         [&](const Event& event) -> Result<bool> {
                           PURSER_ASSIGN(const bool matches, matcher.matches(event));
                           if (matches) items.push_back(event);
                           return wants_more(items, page);
                         }));
  return make_page(std::move(items), page,
                   [](const Event& last) { return std::to_string(last.position.value); });
}

Result<std::vector<Event>> query_read(const View& view, Position from, std::size_t limit) {
  if (from.value < 1) return InvalidArgument{"from", "positions begin at 1"};
  PURSER_TRY(check_page(PageRequest{limit, std::nullopt}));
  const std::uint64_t left = from > view.at ? 0 : view.at.value - from.value + 1;
  const Position last{from.value + std::min<std::uint64_t>(limit, left) - 1};
  std::vector<Event> events;
  PURSER_TRY(scan_events(view.rows, from, last, Direction::ascending,
                         [&](const Event& event) -> Result<bool> {
                           events.push_back(event);
                           return true;
                         }));
  return events;
}

}  // namespace purser
