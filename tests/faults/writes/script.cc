#include "faults/writes/script.h"

#include <fmt/format.h>

#include <random>
#include <utility>

namespace purser::faults {
namespace {

constexpr std::uint64_t kNobody = 999'999;  // no deployment has this id

std::string random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace

Options small_packs() {
  Options options;
  options.pack_bytes_max = std::uint64_t{1} << 20;
  options.rebuild_memory_bytes = std::size_t{1} << 20;
  options.disk_reserve_bytes = 0;  // so that it is the disk that says no
  return options;
}

bool Script::init() {
  const auto made = Ledger::init(path_, small_packs());
  return answered(status_of(made), "init", answers_.wrong) == Answered::ok;
}

bool Script::session() {
  auto ledger = Ledger::open(path_, small_packs());
  if (answered(status_of(ledger), "open", answers_.wrong) != Answered::ok) return false;
  poisoned_ = false;
  disk_.when_open();
  first_commands(*ledger);
  more_commands(*ledger);
  look(*ledger);
  (void)answered(ledger->close(), "close", answers_.wrong);
  return true;
}

void Script::first_commands(Ledger& ledger) {
  create(ledger, true);
  const DeploymentId first = current_;
  store(ledger, "index.html", "<p>hello");
  store(ledger, "large", random_bytes(300'000, ++stored_));
  store(ledger, "large", random_bytes(200'000, ++stored_));
  command(ledger, MarkReady{first, {}}, true);
  create(ledger, false);
  const DeploymentId second = current_;
  command(ledger, MarkReadyExternal{second, "s3://bucket", 9}, false);
  command(ledger, Promote{"demo", first, {}}, true);
  command(ledger, Promote{"demo", second, {}}, false);
  command(ledger, Rollback{"demo", {}}, true);
  together(ledger, {Create{"other", {}}, Freeze{"other", {}}, Pin{first}, Create{"other", {}}});
  upkeep("rebuild", ledger.rebuild());
  at_once(ledger, {MarkBad{second}, Unpin{first}, Clear{"demo", {}}, UnmarkBad{second}});
}

void Script::more_commands(Ledger& ledger) {
  create(ledger, false);
  const DeploymentId third = current_;
  store(ledger, "gone", random_bytes(100'000, ++stored_));
  store(ledger, "kept", random_bytes(1'000, ++stored_));
  remove(ledger, "gone");
  upkeep("collect", ledger.collect({.dead_share = 0.01}));
  command(ledger, MarkReady{third, {}}, false);
  command(ledger, Promote{"demo", third, {}}, true);
  create(ledger, true);
  const DeploymentId fourth = current_;
  store(ledger, "evidence", "it broke here");
  command(ledger, MarkFailed{fourth, "npm", "it broke"}, true);
  command(ledger, DeleteArtifact{fourth, {.keep = 0}}, false);
  upkeep("collect", ledger.collect({.dead_share = 0.01}));
  upkeep("rebuild_index", ledger.rebuild_index());
  command(ledger, Unfreeze{"other", {}}, true);
}

void Script::command(Ledger& ledger, Command command, bool has_request_id) {
  note(ask(ledger, {{std::move(command)}, false, next_context(has_request_id)}, answers_.wrong));
  poisoned_ = poisoned_ || answers_.commands.back().answer == Answered::unknown;
}

void Script::together(Ledger& ledger, std::vector<Command> commands) {
  note(ask(ledger, {std::move(commands), true, next_context(true)}, answers_.wrong));
  poisoned_ = poisoned_ || answers_.commands.back().answer == Answered::unknown;
}

void Script::at_once(Ledger& ledger, std::vector<Command> commands) {
  std::vector<Asked> all;
  all.reserve(commands.size());
  for (Command& command : commands) {
    all.push_back({{std::move(command)}, false, next_context(all.size() % 2 == 0)});
  }
  bool any_unknown = false;
  for (Told& told : ask_at_once(ledger, all, answers_.wrong)) {
    any_unknown = any_unknown || told.answer == Answered::unknown;
    told.poisoned = told.poisoned && !any_unknown;  // of the one before, which is no later one
    note(std::move(told));
  }
  poisoned_ = poisoned_ || any_unknown;
}

// What was told, unless a mistake has it told wrongly. After an unknown outcome all that follows is
// rejected for it; what seals a draft may meet the disk before.
void Script::note(Told told) {
  const bool seals = std::holds_alternative<MarkReady>(told.asked.commands.front());
  const bool is_right = told.answer == Answered::rejected && (told.poisoned || seals);
  if (poisoned_ ? !is_right : told.poisoned && !disk_.has_refused_anchor()) {
    answers_.wrong.push_back(fmt::format("{} an unknown outcome {} answers '{}'",
                                         poisoned_ ? "after" : "without", told.asked.context.reason,
                                         told.error));
  }
  if (told.answer == Answered::unknown && !disk_.has_refused()) {
    answers_.wrong.push_back("an outcome is unknown on a disk that refused nothing");
  }
  if (mistake_ == Mistake::hidden_failure && told.answer == Answered::unknown) {
    told.answer = Answered::ok;
  } else if (mistake_ == Mistake::hidden_success && told.answer == Answered::ok &&
             disk_.has_refused()) {
    told.answer = Answered::rejected;
  }
  answers_.commands.push_back(std::move(told));
}

void Script::create(Ledger& ledger, bool has_request_id) {
  command(ledger, Create{"demo", {}}, has_request_id);
  current_ = answers_.commands.back().created.value_or(DeploymentId{kNobody});
}

void Script::store(Ledger& ledger, const std::string& path, std::string bytes) {
  const auto stored = ledger.store(current_, path, bytes);
  edited(path, answered(status_of(stored), "store", answers_.wrong), std::move(bytes));
}

void Script::remove(Ledger& ledger, const std::string& path) {
  edited(path, answered(ledger.remove(current_, path), "remove", answers_.wrong), std::nullopt);
}

// `after`: what stands at the path if the edit is done.
void Script::edited(const std::string& path, Answered answer, std::optional<std::string> after) {
  if (poisoned_ && answer != Answered::rejected) {
    answers_.wrong.emplace_back("after an unknown outcome a draft is edited");
  }
  Possible& possible =
      answers_.files.try_emplace({current_, path}, Possible{std::nullopt}).first->second;
  if (answer == Answered::ok) possible.clear();
  if (answer != Answered::rejected) possible.push_back(std::move(after));
  poisoned_ = poisoned_ || answer == Answered::unknown;
}

template <class R>
void Script::upkeep(const char* what, const R& result) {
  (void)answered(status_of(result), what, answers_.wrong);
}

// Reads go on, whatever was refused.
void Script::look(const Ledger& ledger) {
  const auto read = [&](const char* what, const auto& result) {
    if (result) return;
    answers_.wrong.push_back(
        fmt::format("{} of an open ledger: {}", what, result.error().message()));
  };
  read("stats", ledger.stats());
  read("a page of events", ledger.history());
  read("owners", ledger.owners());
  read("a pointer", ledger.pointer("demo"));
  for (const auto& [name, possible] : answers_.files) {
    if (possible.size() > 1 || !possible.front()) continue;
    const auto bytes = ledger.retrieve(name.first, name.second);
    if (!bytes && bytes.error().is<ArtifactDeleted>()) continue;
    read("a stored file", bytes);
    if (bytes && *bytes != *possible.front()) {
      answers_.wrong.emplace_back("a stored file has other bytes");
    }
  }
}

Context Script::next_context(bool has_request_id) {
  Context context;
  context.reason = fmt::format("command {}", ++asked_);
  if (has_request_id) context.request_id = fmt::format("request {}", asked_);
  return context;
}

}  // namespace purser::faults
