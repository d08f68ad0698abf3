#include "committer.h"

#include <cstdlib>
#include <span>
#include <utility>

#include "build.h"
#include "check.h"
#include "event_codec.h"
#include "event_log.h"
#include "replay.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::int64_t kClockSlackUs = 1'000'000;  // beyond it the raw clock is recorded as well

// Whether the event changes what a rollback may go back to.
bool marks(const Event& event) {
  const EventKind kind = event.kind();
  return kind == EventKind::marked_bad || kind == EventKind::unmarked_bad ||
         kind == EventKind::artifact_deleted;
}

Status in_step(Status status, const Proposal& proposal, const Step& step) {
  if (status || !proposal.numbered) return status;
  const auto index = static_cast<std::size_t>(&step - proposal.steps.data());
  return std::move(status).error().of_command(index + 1);
}

// What the events of one proposal have in common is known once all are decided.
Status put_events(std::vector<Event>& events, WriteSet& changes) {
  const auto count = static_cast<std::uint32_t>(events.size());
  for (Event& event : events) {
    if (count > 1) event.header.group = EventGroup{events.front().position, count};
    PURSER_ASSIGN(std::string stored, encode_event(event));
    changes.put(Space::log, event_key(event.position), std::move(stored));
  }
  return {};
}

}  // namespace

// A group while it is decided.
struct Committer::Group {
  Flight& flight;
  WriteSet& changes;
  GroupHeads& heads;
  const Overlay& rows;  // the stored ones and all changes
  Builds builds;
  Position position;
  Timestamp time;
  std::size_t grown = 0;           // how many changes the tree has seen
  std::vector<Event> events = {};  // for `fold_besides`
};

Committer::Committer(Store& store, MemoryHeads& memory, CommitHooks hooks, CommitLimits limits,
                     Published published, Timestamp last_time, GrowingTree tree)
    : store_(store),
      hooks_(std::move(hooks)),
      flights_{Flight(memory), Flight(memory)},
      decided_position_(published.position),
      decided_time_(last_time),
      tree_(std::move(tree)),
      position_(published.position.value),
      published_(published),
      queue_({[this](CommitQueue::Group& waiting) { decide_group(waiting); },
              [this](const CommitQueue::Group& waiting) { return write_group(waiting); }},
             limits.group_commands_max, limits.in_flight_max) {}

Status Committer::commit(const Proposal& proposal) {
  CommitEntry entry;
  entry.proposal = proposal;
  queue_.wait(entry);
  return std::move(entry.result);
}

Status Committer::exclusively(const std::function<Status()>& task) {
  CommitEntry entry;
  entry.task = &task;
  queue_.wait(entry);
  return std::move(entry.result);
}

// Decides those who have come while others are on their way.
void Committer::decide_group(CommitQueue::Group& waiting) {
  Flight& flight = flights_[decided_ % 2];
  const Flight& before = flights_[(decided_ + 1) % 2];
  const bool before_is_durable = written_ == decided_;
  const std::unique_ptr<RowReader> stored = store_.snapshot();
  const WriteSet nothing;
  const Overlay base(*stored, before_is_durable ? nothing : before.changes);
  const Builds builds = published().builds;
  const View base_view{base, builds, decided_position_};
  flight.changes.clear();
  flight.heads.begin(base_view, before.heads, before_is_durable);
  flight.before = flight.position = decided_position_;
  flight.commands = flight.rejected = 0;
  ++decided_;

  Status open = poisoned_ ? Status(ReadOnly{ReadOnlyReason::poisoned}) : Status();
  if (open) open = hooks_.before_group();
  if (!open) {
    for (CommitEntry* entry : waiting.entries()) entry->result = open;
    return;
  }
  const Overlay rows(base, flight.changes);
  Group group{flight, flight.changes, flight.heads, rows, builds, decided_position_, decided_time_};
  for (auto entries = waiting.entries(); !entries.empty(); entries = waiting.more()) {
    decide_entries(group, entries);
    if (hooks_.grow_tree) grow_tree(group);
  }
  if (!group.events.empty()) hooks_.fold_besides(group.events, *stored, flight.changes);
  if (group.position != flight.before) put_cursor(builds, group.position, flight.changes);
  flight.position = decided_position_ = group.position;
  if (hooks_.grow_tree) flight.tree = tree_.range();
  decided_time_ = group.time;
}

void Committer::decide_entries(Group& group, std::span<CommitEntry* const> entries) {
  for (CommitEntry* entry : entries) {
    const Position before = group.position;
    entry->result = decide(group, entry->proposal);
    entry->position = group.position > before ? Position{before.value + 1} : Position{0};
    group.flight.commands += entry->proposal.steps.size();
    group.flight.rejected += entry->result ? 0 : entry->proposal.steps.size();
  }
}

// Adds new events to the tree. They can not be taken back any more; if the group's write fails, no
// other group follows.
void Committer::grow_tree(Group& group) {
  const std::uint32_t build = group.builds[static_cast<std::size_t>(ProjectionId::merkle)];
  WriteSet rows;
  for (; group.grown < group.changes.size(); ++group.grown) {
    const WriteSet::Change& change = group.changes.changes()[group.grown];
    if (change.space == Space::log) tree_.append(merkle_leaf(*change.value), build, rows);
  }
  PURSER_CHECK(tree_.size() == group.position, "a command writes nothing to the log but events");
  group.grown += rows.size();
  group.changes.append(std::move(rows));
}

// Writes what was decided, or runs a task. Returns how long it waited for the disk.
std::chrono::nanoseconds Committer::write_group(const CommitQueue::Group& waiting) {
  CommitEntry& first = *waiting.entries().front();
  if (first.task != nullptr) {
    first.result = poisoned_ ? Status(ReadOnly{ReadOnlyReason::poisoned}) : (*first.task)();
    return {};
  }
  const Flight& flight = flights_[written_ % 2];
  if (!flight.changes.empty() && !poisoned_) {
    if (const Status fit = hooks_.before_write(); !fit) poison(fit.error());
  }
  if (poisoned_) {  // now, or by the group before, while this one was decided
    for (CommitEntry* entry : waiting.entries()) {
      entry->result = ReadOnly{ReadOnlyReason::poisoned};
    }
  } else if (!write(flight)) {
    for (CommitEntry* entry : waiting.entries()) {
      entry->result = OutcomeUnknown{entry->proposal.steps.front().request_id, entry->position};
    }
  }
  count(flight, waiting);
  const bool wrote = !flight.changes.empty();
  ++written_;
  return wrote ? store_.last_sync() : std::chrono::nanoseconds();
}

void Committer::count(const Flight& flight, const CommitQueue::Group& waiting) {
  const auto now = CommitEntry::Clock::now();
  const std::lock_guard lock(published_mutex_);
  counters_.commands += flight.commands;
  counters_.rejected += flight.rejected;
  for (const CommitEntry* entry : waiting.entries()) {
    counters_.command_time.add(now - entry->arrived);
    const bool unknown = !entry->result && entry->result.error().is<OutcomeUnknown>();
    if (unknown) counters_.unknown += entry->proposal.steps.size();
  }
  if (flight.changes.empty() || failure_) return;
  ++counters_.groups;
  counters_.sync_time.add(store_.last_sync());
  counters_.rows += flight.changes.size();
  for (const WriteSet::Change& change : flight.changes.changes()) {
    counters_.bytes += change.key.size() + (change.value ? change.value->size() : 0);
  }
}

// Nothing is written any more, and why is said once.
void Committer::poison(const Error& error) {
  poisoned_ = true;
  {
    const std::lock_guard lock(published_mutex_);
    failure_ = error;
  }
  hooks_.on_failure(error);
}

// Makes the group durable, then visible.
Status Committer::write(const Flight& flight) {
  if (flight.changes.empty()) return {};
  Status written = store_.write(flight.changes);
  if (written) written = hooks_.after_group(flight.position, flight.tree);
  if (!written) {
    poison(written.error());
    return written;
  }
  flight.heads.publish();
  {
    const std::lock_guard lock(published_mutex_);
    published_.position = flight.position;
    position_ = flight.position.value;
  }
  arrivals_.announce();
  return {};
}

// Leaves no trace of a proposal that is refused or only tried.
Status Committer::decide(Group& group, const Proposal& proposal) {
  const View view{group.rows, group.builds, group.position, &group.heads};
  PURSER_ASSIGN(const bool replayed, replay(view, proposal));
  if (replayed) return {};
  const Position position_before = group.position;
  const Timestamp time_before = group.time;
  const std::size_t changes_before = group.changes.size();
  const GroupHeads::Moment heads_before = group.heads.moment();
  std::vector<Event> events;
  Status decided = decide_steps(group, proposal, events);
  if (decided) decided = put_events(events, group.changes);
  if (!decided || proposal.dry_run) {
    group.position = position_before;
    group.time = time_before;
    group.changes.truncate(changes_before);
    group.heads.undo(heads_before);
  } else if (hooks_.fold_besides) {
    group.events.insert(group.events.end(), std::make_move_iterator(events.begin()),
                        std::make_move_iterator(events.end()));
  }
  return decided;
}

Status Committer::decide_steps(Group& group, const Proposal& proposal, std::vector<Event>& events) {
  for (Step& step : proposal.steps) {
    PURSER_TRY(in_step(decide_step(group, proposal, step, events), proposal, step));
  }
  return {};
}

Status Committer::decide_step(Group& group, const Proposal& proposal, Step& step,
                              std::vector<Event>& events) {
  PURSER_ASSIGN(Decision decision,
                step.decide(View{group.rows, group.builds, group.position, &group.heads}));
  if (decision.events.empty() && decision.noted && step.request_id) {
    decision.events.emplace_back(*std::move(decision.noted));
  }
  group.changes.append(std::move(decision.rows));
  Outcome outcome;
  for (Payload& payload : decision.events) {
    Event event = make_event(group, proposal, step, std::move(payload));
    PURSER_TRY(fold(group, event, outcome.events.empty() ? nullptr : &outcome.events.back()));
    outcome.events.push_back(std::move(event));
  }
  if (step.answer) {
    PURSER_TRY(step.answer(View{group.rows, group.builds, group.position, &group.heads}, outcome));
  }
  events.insert(events.end(), std::make_move_iterator(outcome.events.begin()),
                std::make_move_iterator(outcome.events.end()));
  return {};
}

// `before`: the event of the same step that came before.
Status Committer::fold(Group& group, Event& event, const Event* before) {
  PURSER_TRY(
      fold_all(FoldInput{event, before == nullptr, group.heads}, group.builds, group.changes));
  if (marks(event)) group.heads.put_mark(event.position);
  return {};
}

Event Committer::make_event(Group& group, const Proposal& proposal, const Step& step,
                            Payload payload) const {
  const Timestamp wall = hooks_.clock();
  Event event;
  event.position = group.position = Position{group.position.value + 1};
  event.time = group.time = std::max(wall, Timestamp{group.time.unix_us + 1});
  event.header.actor = proposal.actor;
  event.header.reason = proposal.reason;
  event.header.request_id = step.request_id;
  if (step.request_id) event.header.command_digest = step.digest;
  if (std::abs(event.time.unix_us - wall.unix_us) > kClockSlackUs) event.header.wall_time = wall;
  event.payload = std::move(payload);
  return event;
}

void Committer::publish(const Published& published) {
  {
    const std::lock_guard lock(published_mutex_);
    published_ = published;
    position_ = published.position.value;
  }
  arrivals_.announce();
}

Published Committer::published() const {
  const std::lock_guard lock(published_mutex_);
  return published_;
}

Counters Committer::counters() const {
  const std::lock_guard lock(published_mutex_);
  return counters_;
}

std::optional<Error> Committer::failure() const {
  const std::lock_guard lock(published_mutex_);
  return failure_;
}

}  // namespace purser
