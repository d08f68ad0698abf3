#include "replay.h"

#include <utility>

#include "event_log.h"
#include "requests.h"
#include "try.h"

namespace purser {
namespace {

struct Known {
  std::vector<Position> positions;  // of the first event of each step, so far as known
  const Step* first = nullptr;      // of the known ones
};

Result<Known> find_requests(const View& view, const Proposal& proposal) {
  Known known;
  for (const Step& step : proposal.steps) {
    if (!step.request_id) continue;
    PURSER_ASSIGN(const auto position, find_request(view, *step.request_id));
    if (!position) continue;
    known.positions.push_back(*position);
    if (known.first == nullptr) known.first = &step;
  }
  return known;
}

// The events of the command that begins at `first`: those of its group that bear its request id.
Result<std::vector<Event>> events_of_command(const View& view, Position first) {
  std::vector<Event> events;
  PURSER_ASSIGN(Event begin, read_event(view.rows, first));
  const EventGroup group = begin.header.group.value_or(EventGroup{first, 1});
  const Position last{group.first.value + group.count - 1};
  events.push_back(std::move(begin));
  while (events.back().position < last) {
    PURSER_ASSIGN(Event next, read_event(view.rows, Position{events.back().position.value + 1}));
    if (next.header.request_id != events.front().header.request_id) break;
    events.push_back(std::move(next));
  }
  return events;
}

}  // namespace

Result<bool> replay(const View& view, const Proposal& proposal) {
  PURSER_ASSIGN(const Known known, find_requests(view, proposal));
  if (known.first == nullptr) return false;
  const RequestIdReused reused{*known.first->request_id, known.positions.front()};
  if (known.positions.size() != proposal.steps.size()) return reused;
  std::vector<Outcome> outcomes;
  std::uint64_t events = 0;
  for (std::size_t i = 0; i < proposal.steps.size(); ++i) {
    Outcome& outcome = outcomes.emplace_back();
    outcome.replayed = true;
    PURSER_ASSIGN(outcome.events, events_of_command(view, known.positions[i]));
    const Step& step = proposal.steps[i];
    if (outcome.events.front().header.command_digest != step.digest) {
      return RequestIdReused{*step.request_id, known.positions[i]};
    }
    events += outcome.events.size();
  }
  // The steps of an `apply` are one group, and all of it.
  const Event& first = outcomes.front().events.front();
  const EventGroup group = first.header.group.value_or(EventGroup{first.position, 1});
  const Position last = outcomes.back().events.back().position;
  const bool whole = group.first == first.position && group.count == events &&
                     last.value == group.first.value + events - 1;
  if (proposal.numbered && !whole) return reused;
  for (std::size_t i = 0; i < proposal.steps.size(); ++i) {
    const Position at = outcomes[i].events.back().position;
    if (!proposal.steps[i].answer) continue;
    PURSER_TRY(proposal.steps[i].answer(View{view.rows, view.builds, at}, outcomes[i]));
  }
  return true;
}

}  // namespace purser
