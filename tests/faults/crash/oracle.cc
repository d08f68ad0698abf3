// The log, the projections and the files against what was told.
#include "oracle.h"

#include <fmt/format.h>

#include <algorithm>

#include "child.h"
#include "comparison.h"
#include "decide.h"
#include "outcome.h"

namespace purser::faults {
namespace {

constexpr std::size_t kEventsAtOnce = 1000;

// The deployment that an event is about; 0: a pointer.
std::uint64_t subject_of(const Event& event) {
  return std::visit(
      [](const auto& payload) -> std::uint64_t {
        if constexpr (requires { payload.id; }) return payload.id.value;
        return 0;
      },
      event.payload);
}

bool seals(const Event& event) {
  return event.kind() == EventKind::ready || event.kind() == EventKind::failed;
}

// What the model does not know is left out, as is the group of an `apply`.
Event comparable(Event event, bool with_group) {
  event.header.command_digest.reset();
  event.header.wall_time.reset();
  if (!with_group) event.header.group.reset();
  return event;
}

std::optional<std::string> numbered(const std::optional<std::string>& request, std::uint64_t n) {
  if (!request) return std::nullopt;
  return *request + "/" + std::to_string(n);
}

}  // namespace

void Oracle::wrong(const std::string& what) { note_wrong(found_, what); }

void Oracle::hear(const Message& message) {
  switch (message.said) {
    case Said::intends:
      attempts_[message.ticket] = {message};
      if (message.request != 0) unanswered_[message.request] = message;
      return;
    case Said::acknowledged:
    case Said::refused: return hear_answer(message);
    case Said::opened:
    case Said::seen:
    case Said::signed_it: marks_.push_back({message.size, message.root}); return;
    case Said::wrong: return wrong(message.text.data());
    default: return;
  }
}

void Oracle::hear_answer(const Message& message) {
  unanswered_.erase(message.request);
  const bool done = message.said == Said::acknowledged;
  if (!is_edit(message.order().verb)) {
    counted_.commands += done ? 1 : 0;
    attempts_[message.ticket].told = message;
    return;
  }
  attempts_.erase(message.ticket);
  if (!done) return;
  ++counted_.edits;
  drafts_.add(message.order(), true);
}

void Oracle::life_over() {
  std::erase_if(attempts_, [&](const auto& entry) {
    const Message& told = entry.second.told;
    if (!is_edit(told.order().verb)) return false;
    drafts_.add(told.order(), false);
    return true;
  });
}

std::vector<Message> Oracle::unanswered() const {
  std::vector<Message> intents;
  for (const auto& [request, intent] : unanswered_) intents.push_back(intent);
  return intents;
}

void Oracle::compare(const Ledger& ledger, std::mt19937_64& random,
                     std::optional<std::size_t> sample) {
  const auto stats = ledger.stats();
  if (!stats) return wrong("no statistics: " + stats.error().message());
  compare_marks(ledger, stats->log_size);
  if (found_.wrong > 0) return;
  fold_new(ledger, stats->log_size);
  for (const std::uint64_t id : drafts_.pending()) settle_draft(ledger, id);
  settle_attempts();
  if (found_.wrong > 0) return;
  const std::set<std::uint64_t> ids = choose(random, sample);
  compare_queries(ledger, model_, ids, [&](const std::string& what) { wrong(what); });
  for (const std::uint64_t id : ids) compare_files(ledger, DeploymentId{id});
  touched_.clear();
}

// What was shown stays.
void Oracle::compare_marks(const Ledger& ledger, Position size) {
  for (const Mark& mark : marks_) {
    if (mark.size > size.value) {
      return wrong(fmt::format("{} events were shown, {} are there", mark.size, size.value));
    }
    const auto root = ledger.root(Position{mark.size});
    if (!root || *root != mark.root) {
      return wrong(fmt::format(
          "the first {} of {} events are not those that were shown: {}", mark.size, size.value,
          root ? to_hex(*root) + " for " + to_hex(mark.root) : root.error().message()));
    }
  }
  const auto root = ledger.root(size);
  if (!root) return wrong("no root: " + root.error().message());
  marks_ = {{size.value, *root}};
}

void Oracle::fold_new(const Ledger& ledger, Position size) {
  std::vector<Event> events;
  const std::uint64_t known = model_.log().size();
  while (known + events.size() < size.value) {
    auto some = ledger.read(Position{known + events.size() + 1}, kEventsAtOnce);
    if (!some || some->empty()) {
      return wrong(some ? "the log ends early" : "the log: " + some.error().message());
    }
    std::move(some->begin(), some->end(), std::back_inserter(events));
  }
  for (std::size_t at = 0; at < events.size();) {
    if (events[at].position.value != known + at + 1) return wrong("the log has a gap");
    const std::size_t folded = fold(ledger, events, at);
    if (folded == 0) return;
    at += folded;
  }
  counted_.events += events.size();
}

std::size_t Oracle::fold(const Ledger& ledger, const std::vector<Event>& events, std::size_t at) {
  const Event& event = events[at];
  const std::string where = fmt::format("event {} of {}", event.position.value, event.header.actor);
  const Ticket ticket = std::stoull(event.header.actor.substr(1));
  const auto found = attempts_.find(ticket);
  if (found == attempts_.end()) return wrong(where + ": nobody was at it"), 0;
  Attempt& attempt = found->second;
  const bool loops = is_loop(attempt.told.order().verb);
  if (attempt.told.said == Said::refused && !loops) return wrong(where + ": it was refused"), 0;
  if (attempt.folded && !loops) return wrong(where + ": it is there twice"), 0;
  if (ticket / kTicketsOfLife < last_life_) return wrong(where + ": it came after its end"), 0;
  last_life_ = ticket / kTicketsOfLife;
  attempt.folded = true;
  const std::size_t before = model_.log().size();
  if (!decide(ledger, attempt.told, events, at)) return 0;
  const std::size_t count = model_.log().size() - before;
  if (count == 0 || at + count > events.size()) {
    return wrong(fmt::format("{}: the model has {} events of it", where, count)), 0;
  }
  const bool group = attempt.told.count > 1;
  for (std::size_t i = 0; i < count; ++i) {
    const Event& logged = events[at + i];
    if (comparable(logged, !group) != comparable(model_.log()[before + i], !group)) {
      return wrong(fmt::format("{}: event {}, '{}', is not the model's", where,
                               logged.position.value, to_string(logged.kind()))),
             0;
    }
    const EventGroup expected{event.position, static_cast<std::uint32_t>(count)};
    if (group && count > 1 && logged.header.group != expected) {
      return wrong(where + ": its group is another"), 0;
    }
    if (logged.header.request_id) {
      requests_.emplace(*logged.header.request_id, logged.position.value);
    }
    if (subject_of(logged) != 0) touched_.insert(subject_of(logged));
  }
  return count;
}

// Has the model do what the events from `at` on are of.
bool Oracle::decide(const Ledger& ledger, const Message& told, const std::vector<Event>& events,
                    std::size_t at) {
  const bool done = told.said == Said::acknowledged;
  Context context = context_of(told);
  const std::optional<std::string> request = context.request_id;
  if (is_loop(told.order().verb)) {
    const std::uint64_t id = subject_of(events[at]);
    if (seals(events[at])) settle_draft(ledger, id);
    context.request_id = numbered(request, id);
    return decide_one(command_of_loop(told.order(), DeploymentId{id}), context, events[at],
                      nullptr);
  }
  const std::size_t before = model_.log().size();
  for (std::uint32_t i = 0; i < told.count; ++i) {
    if (told.count > 1) context.request_id = numbered(request, i + 1);
    const std::size_t next = at + model_.log().size() - before;
    const Event& hint = events[std::min(next, events.size() - 1)];
    if (seals(hint)) settle_draft(ledger, subject_of(hint));
    const bool told_where = done && (told.outcomes.at(i).position != 0);
    if (!decide_one(command_of(told.orders.at(i)), context, hint,
                    told_where ? &told.outcomes.at(i) : nullptr)) {
      return false;
    }
  }
  return true;
}

bool Oracle::decide_one(const Command& command, const Context& context, const Event& hint,
                        const Outcome* answered) {
  model_.wall = hint.time;
  const auto answer = std::visit(Decide{model_, context, hint}, command);
  const std::string where = fmt::format("event {} of {}", hint.position.value, context.actor);
  if (!answer) {
    wrong(fmt::format("{}: the rules refuse it: {}", where, answer.error().message()));
    return false;
  }
  if (answered != nullptr && *answered != outcome_of(*answer)) {
    wrong(where + ": it was answered otherwise");
    return false;
  }
  return true;
}

// What is not in the log by now never is.
void Oracle::settle_attempts() {
  for (const auto& [ticket, attempt] : attempts_) {
    const Message& told = attempt.told;
    const bool loops = is_loop(told.order().verb);
    if (told.said == Said::intends) ++(attempt.folded ? counted_.committed : counted_.absent);
    if (told.said == Said::acknowledged && !attempt.folded) settle_acknowledged(told);
    if (told.said != Said::refused || told.request == 0 || loops) continue;
    const std::string request =
        told.count > 1 ? *numbered(request_id_of(told), 1) : *request_id_of(told);
    if (requests_.contains(request)) wrong(actor_of(ticket) + ": refused although it had happened");
  }
  attempts_.clear();
}

// It has no events of its own: it was done before, by the same request id, or nothing was to do.
void Oracle::settle_acknowledged(const Message& told) {
  const std::string who = actor_of(told.ticket);
  if (is_loop(told.order().verb)) {
    for (std::uint32_t i = 0; i < told.id_count; ++i) {
      const std::uint64_t id = told.ids.at(i);
      const bool there = id <= model_.deployments().size() &&
                         (told.order().verb == Verb::prune
                              ? model_.deployments()[id - 1].artifact_deleted_at.has_value()
                              : model_.deployments()[id - 1].failure.has_value());
      if (!there) wrong(fmt::format("{}: LOST what it did to {}", who, id));
    }
    return;
  }
  for (std::uint32_t i = 0; i < told.count; ++i) {
    const Outcome& outcome = told.outcomes.at(i);
    if (outcome.unchanged && outcome.position == 0) continue;
    if (!outcome.replayed) return wrong(who + ": LOST although it was acknowledged");
    const auto request =
        told.count > 1 ? numbered(request_id_of(told), i + 1) : request_id_of(told);
    const auto logged = requests_.find(request.value_or(""));
    if (logged == requests_.end() || logged->second != outcome.position) {
      return wrong(who + ": replayed what was not there");
    }
  }
}

std::set<std::uint64_t> Oracle::choose(std::mt19937_64& random, std::optional<std::size_t> sample) {
  std::set<std::uint64_t> ids = touched_;
  const std::uint64_t last = model_.deployments().size();
  for (std::size_t i = 0; last > 0 && i < sample.value_or(0); ++i) ids.insert(1 + random() % last);
  for (std::uint64_t id = 1; !sample && id <= last; ++id) ids.insert(id);
  return ids;
}

}  // namespace purser::faults
