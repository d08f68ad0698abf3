#include "committer.h"

#include <cstdlib>
#include <utility>

#include "build.h"
#include "event_codec.h"
#include "event_log.h"
#include "requests.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::int64_t kClockSlackUs = 1'000'000;  // beyond it the raw clock is recorded as well

}  // namespace

// One caller in the queue. Lives on the caller's stack.
struct Committer::Waiter {
  Proposal* proposal = nullptr;                   // this,
  const std::function<Status()>* task = nullptr;  // or this
  Position position;                              // of its first event, had it one
  Status result;
  bool done = false;
  std::condition_variable turn;
};

// What a group has decided so far.
struct Committer::Group {
  const RowReader& base;
  Builds builds;
  Position position;
  Timestamp time;
  WriteSet changes{};
};

Committer::Committer(Store& store, CommitHooks hooks, std::size_t group_commands_max,
                     Published published, Timestamp last_time)
    : store_(store),
      hooks_(std::move(hooks)),
      group_commands_max_(group_commands_max),
      last_time_(last_time),
      published_(published) {}

Status Committer::commit(Proposal& proposal) {
  Waiter waiter;
  waiter.proposal = &proposal;
  return wait_for_turn(waiter);
}

Status Committer::exclusively(const std::function<Status()>& task) {
  Waiter waiter;
  waiter.task = &task;
  return wait_for_turn(waiter);
}

// The first in the queue leads: it takes those behind it along and does the work for all of them.
Status Committer::wait_for_turn(Waiter& waiter) {
  std::unique_lock lock(mutex_);
  queue_.push_back(&waiter);
  waiter.turn.wait(lock, [&] { return waiter.done || (!leading_ && queue_.front() == &waiter); });
  if (waiter.done) return std::move(waiter.result);
  leading_ = true;
  const std::vector<Waiter*> group = take_group();
  lock.unlock();
  if (waiter.task != nullptr) {
    waiter.result = poisoned_ ? Status(ReadOnly{ReadOnlyReason::poisoned}) : (*waiter.task)();
  } else {
    run_group(group);
  }
  lock.lock();
  leading_ = false;
  for (Waiter* member : group) {
    member->done = true;
    if (member != &waiter) member->turn.notify_one();
  }
  if (!queue_.empty()) queue_.front()->turn.notify_one();
  return std::move(waiter.result);
}

std::vector<Committer::Waiter*> Committer::take_group() {
  std::vector<Waiter*> group;
  do {
    group.push_back(queue_.front());
    queue_.pop_front();
  } while (group.front()->task == nullptr && group.size() < group_commands_max_ &&
           !queue_.empty() && queue_.front()->task == nullptr);
  return group;
}

void Committer::run_group(const std::vector<Waiter*>& waiters) {
  Status open = poisoned_ ? Status(ReadOnly{ReadOnlyReason::poisoned}) : hooks_.before_group();
  if (!open) {
    for (Waiter* waiter : waiters) waiter->result = open;
    return;
  }
  const std::unique_ptr<RowReader> base = store_.snapshot();
  const Published before = published();
  Group group{*base, before.builds, before.position, last_time_};
  std::uint64_t rejected = 0;
  for (Waiter* waiter : waiters) {
    waiter->position = Position{group.position.value + 1};
    waiter->result = decide_one(group, *waiter);
    rejected += waiter->result ? 0 : 1;
  }
  const Status written = write(group);
  for (Waiter* waiter : waiters) {
    if (written) break;
    waiter->result = OutcomeUnknown{waiter->proposal->context.request_id, waiter->position};
  }
  const std::lock_guard lock(published_mutex_);
  counters_.commands += waiters.size();
  counters_.rejected += rejected;
}

// Makes the group durable, then visible.
Status Committer::write(Group& group) {
  if (group.changes.empty()) return {};
  const bool grew = group.position != published().position;
  if (grew) put_cursors(group.builds, group.position, group.changes);
  Status written = store_.write(group.changes);
  if (written) written = hooks_.after_group(group.position);
  if (!written) {
    poisoned_ = true;
    return written;
  }
  last_time_ = group.time;
  const std::lock_guard lock(published_mutex_);
  published_.position = group.position;
  ++counters_.groups;
  return {};
}

Status Committer::decide_one(Group& group, Waiter& waiter) {
  Proposal& proposal = *waiter.proposal;
  const Overlay decided(group.base, group.changes);
  const View view{decided, group.builds, group.position};
  if (proposal.context.request_id) {
    PURSER_ASSIGN(const auto earlier, find_request(view, *proposal.context.request_id));
    if (earlier) return replay(view, *earlier, proposal);
  }
  PURSER_ASSIGN(Decision decision, proposal.decide(view));
  if (decision.events.empty() && decision.noted && proposal.context.request_id) {
    decision.events.emplace_back(*std::move(decision.noted));
  }
  const Position position_before = group.position;
  const Timestamp time_before = group.time;
  WriteSet scratch = std::move(decision.rows);
  Outcome outcome;
  Status appended = append(group, decision, proposal, scratch, outcome);
  if (appended && proposal.answer) {
    const Overlay after(decided, scratch);
    appended = proposal.answer(View{after, group.builds, group.position}, outcome);
  }
  if (!appended || proposal.context.dry_run) {
    group.position = position_before;
    group.time = time_before;
    return appended;
  }
  group.changes.merge(std::move(scratch));
  return {};
}

// Answers from what the events of `position` say, with the state as it was behind them.
Status Committer::replay(const View& view, Position position, Proposal& proposal) {
  Outcome outcome;
  outcome.replayed = true;
  PURSER_ASSIGN(Event first, read_event(view.rows, position));
  if (first.header.command_digest != proposal.digest) {
    return RequestIdReused{*proposal.context.request_id, position};
  }
  const std::uint64_t count = first.header.group ? first.header.group->count : 1;
  outcome.events.push_back(std::move(first));
  for (std::uint64_t i = 1; i < count; ++i) {
    PURSER_ASSIGN(Event next, read_event(view.rows, Position{position.value + i}));
    outcome.events.push_back(std::move(next));
  }
  if (!proposal.answer) return {};
  return proposal.answer(View{view.rows, view.builds, outcome.events.back().position}, outcome);
}

// Turns the decision into events and rows in `scratch`.
Status Committer::append(Group& group, Decision& decision, const Proposal& proposal,
                         WriteSet& scratch, Outcome& outcome) {
  const Overlay decided(group.base, group.changes);
  const Overlay rows(decided, scratch);
  const Position first{group.position.value + 1};
  const auto count = static_cast<std::uint32_t>(decision.events.size());
  for (Payload& payload : decision.events) {
    const Timestamp wall = hooks_.clock();
    Event event;
    event.position = group.position = Position{group.position.value + 1};
    event.time = group.time = next_time(wall, group.time);
    event.header.actor = proposal.context.actor;
    event.header.reason = proposal.context.reason;
    event.header.request_id = proposal.context.request_id;
    if (proposal.context.request_id) event.header.command_digest = proposal.digest;
    if (std::abs(event.time.unix_us - wall.unix_us) > kClockSlackUs) event.header.wall_time = wall;
    if (count > 1) event.header.group = EventGroup{first, count};
    event.payload = std::move(payload);
    PURSER_ASSIGN(std::string stored, encode_event(event));
    scratch.put(Space::log, event_key(event.position), std::move(stored));
    PURSER_TRY(fold_all(event, rows, group.builds, scratch));
    outcome.events.push_back(std::move(event));
  }
  return {};
}

Timestamp Committer::next_time(Timestamp wall, Timestamp last) const {
  return std::max(wall, Timestamp{last.unix_us + 1});
}

void Committer::publish(const Published& published) {
  const std::lock_guard lock(published_mutex_);
  published_ = published;
}

Published Committer::published() const {
  const std::lock_guard lock(published_mutex_);
  return published_;
}

Committer::Counters Committer::counters() const {
  const std::lock_guard lock(published_mutex_);
  return counters_;
}

}  // namespace purser
