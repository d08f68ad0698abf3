#include "faults/writes/settle.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "support/first_finding.h"

namespace purser::faults {
namespace {

// Throws away what it was about: the first thing that is wrong ends the looking.
struct Wrong {
  std::string what;
};

template <class T>
T must(Result<T> result, std::string_view what) {
  if (!result) {
    throw Wrong{fmt::format("{}: {}: {}", what, result.error().name(), result.error().message())};
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

void check(bool holds, const std::string& what) {
  if (!holds) throw Wrong{what};
}

std::vector<Event> all_events(const Ledger& ledger) {
  std::vector<Event> events;
  while (true) {
    const auto some = must(ledger.read(Position{events.size() + 1}, 1000), "read");
    if (some.empty()) return events;
    events.insert(events.end(), some.begin(), some.end());
  }
}

// The events of each command, by its reason.
using ByCommand = std::map<std::string, std::vector<Event>>;

ByCommand by_command(const std::vector<Event>& events) {
  ByCommand found;
  for (const Event& event : events) found[event.header.reason].push_back(event);
  return found;
}

// Whether all that one command wrote is there, at `position`.
bool is_one_whole(const std::vector<Event>& events, Position position) {
  const auto& group = events.front().header.group;
  const std::size_t count = group ? group->count : 1;
  return events.front().position == position && events.size() == count;
}

bool happened(const ByCommand& found, const Told& told) {
  return found.contains(told.asked.context.reason);
}

void check_told(const ByCommand& found, const Told& told) {
  const std::string& name = told.asked.context.reason;
  const auto events = found.find(name);
  const bool is_there = events != found.end();
  if (told.answer == Answered::ok) {
    check(is_there == told.position.has_value(), name + " was ok and is not there");
  } else if (told.answer == Answered::rejected) {
    check(!is_there, name + " was rejected and is there");
  }
  if (is_there) {
    check(told.position && is_one_whole(events->second, *told.position),
          name + " is there in part, twice, or elsewhere than it was told");
  }
}

void check_files(const Ledger& ledger, const Answers& answers) {
  for (const auto& [name, possible] : answers.files) {
    const auto bytes = ledger.retrieve(name.first, name.second);
    const std::string what = fmt::format("file '{}' of {}", name.second, name.first.value);
    if (!bytes && bytes.error().is<ArtifactDeleted>()) continue;
    const bool is_absent =
        !bytes && (bytes.error().is<PathNotFound>() || bytes.error().is<NotFound>());
    if (!bytes && !is_absent) must(bytes, what);
    const auto is_that = [&](const std::optional<std::string>& one) {
      return one ? bytes && *one == *bytes : is_absent;
    };
    check(std::any_of(possible.begin(), possible.end(), is_that), what + " is not as it was told");
  }
}

// Asks again for what has a request id.
void ask_again(Ledger& ledger, const ByCommand& before, const Told& told, Mistake mistake) {
  if (!told.asked.context.request_id) return;
  Asked again = told.asked;
  if (mistake == Mistake::retried_without_id) again.context.request_id.reset();
  std::vector<std::string> wrong;
  const Told answer = ask(ledger, again, wrong);
  check(wrong.empty(), wrong.empty() ? "" : wrong.front());
  check(answer.answer != Answered::unknown && !answer.poisoned,
        told.asked.context.reason + " asked again: " + answer.error);
  if (!happened(before, told)) return;  // judged afresh
  check(answer.answer == Answered::ok && answer.replayed && answer.position == told.position,
        told.asked.context.reason + " happened, and asked again is not replayed");
}

void check_whole(const Ledger& ledger) {
  const VerifyReport report = must(ledger.verify(), "verify");
  if (!report.is_whole()) throw Wrong{first_finding(report)};
}

std::vector<Event> look_and_ask_again(const std::string& path, const Answers& answers,
                                      Mistake mistake, Settled& settled) {
  Ledger ledger = must(Ledger::open(path, small_packs()), "open again");
  const ByCommand found = by_command(all_events(ledger));
  for (const Told& told : answers.commands) {
    check_told(found, told);
    if (told.answer == Answered::unknown) {
      ++(happened(found, told) ? settled.happened : settled.did_not);
    }
  }
  check_files(ledger, answers);
  check_whole(ledger);
  for (const Told& told : answers.commands) ask_again(ledger, found, told, mistake);
  std::vector<Event> after = all_events(ledger);
  for (const auto& [name, events] : by_command(after)) {
    check(is_one_whole(events, events.front().position), name + " happened twice");
  }
  check_whole(ledger);
  must(ledger.close(), "close again");
  return after;
}

}  // namespace

Settled settle(const std::string& path, const Answers& answers, Mistake mistake) {
  Settled settled;
  try {
    const auto before = look_and_ask_again(path, answers, mistake, settled);
    Ledger ledger = must(Ledger::open(path, small_packs()), "open once more");
    check(all_events(ledger) == before, "the second open shows other events");
    check_files(ledger, answers);
    check_whole(ledger);
    must(ledger.close(), "close once more");
  } catch (const Wrong& wrong) {
    settled.wrong = wrong.what;
  }
  return settled;
}

}  // namespace purser::faults
