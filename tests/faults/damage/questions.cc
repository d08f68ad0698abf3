// Asking everything, in an order in which nothing depends on an answer.
#include "faults/damage/questions.h"

#include <fmt/format.h>

namespace purser::faults {
namespace {

PageRequest all_at_once() { return {.limit = kPageLimitMax, .after = {}}; }

// The answer with its value turned into something that can be compared.
template <class T, class Turn>
auto turned(const Result<T>& answer, Turn turn) -> Result<decltype(turn(*answer))> {
  if (!answer) return answer.error();
  return turn(*answer);
}

template <class Item>
Result<std::vector<Item>> items_of(const Result<Page<Item>>& page) {
  return turned(page, [](const Page<Item>& got) { return got.items; });
}

Result<std::optional<Deployment>> deployment_in(const Result<SharedDeployment>& answer) {
  return turned(answer, [](const SharedDeployment& shared) {
    return shared ? std::optional(*shared) : std::nullopt;
  });
}

}  // namespace

Questions::Questions(const Ledger& whole) {
  const Stats stats = whole.stats().value();
  size_ = stats.log_size;
  last_ = stats.last_deployment;
  signed_size_ = whole.signed_checkpoint().value().size;
  root_ = whole.root(size_).value();
  owners_ = whole.owners(all_at_once()).value().items;
  for (const Pointer& pointer : whole.state_at(size_, all_at_once()).value().items) {
    pointers_.emplace_back(pointer.owner_key, pointer.channel);
  }
  for (DeploymentId id{1}; id <= last_; ++id.value) {
    identifiers_[id] = whole.get(id).value().identifier;
    const auto files = whole.list_files(id);
    if (!files) continue;
    for (const FileEntry& file : *files) paths_[id].push_back(file.path);
  }
  ask_what_stays(whole);
  ask_how_much(whole);
  verify(whole);
  answers_.judge();
}

void Questions::ask_what_stays(const Ledger& ledger) {
  ask_log(ledger);
  for (DeploymentId id{1}; id <= last_; ++id.value) ask_deployment(ledger, id);
  for (const auto& [owner, channel] : pointers_) ask_pointer(ledger, owner, channel);
  for (const std::string& owner : owners_) {
    answers_.hear("list " + owner, items_of(ledger.list(owner, {}, all_at_once())));
    answers_.hear("prune_plan " + owner, ledger.prune_plan(owner));
  }
  const Position middle{size_.value / 2};
  answers_.hear("state_at", items_of(ledger.state_at(middle, all_at_once())));
  answers_.hear("epoch", ledger.epoch());
  answers_.hear("signed_checkpoint", turned(ledger.signed_checkpoint(signed_size_),
                                            [](const auto& signed_) { return signed_.note; }));
  answers_.hear("consistency", ledger.prove_consistency(middle, size_));
}

void Questions::ask_log(const Ledger& ledger) {
  for (Position at{1}; at <= size_; ++at.value) {
    answers_.hear(fmt::format("stored_event {}", at.value), ledger.stored_event(at));
    answers_.hear(fmt::format("read {}", at.value), ledger.read(at, 1));
  }
  EventFilter filter;
  filter.kind = EventKind::activated;
  answers_.hear("history", items_of(ledger.history(filter, all_at_once())));
  answers_.hear("root", ledger.root(size_));
}

void Questions::ask_deployment(const Ledger& ledger, DeploymentId id) {
  const std::string name = std::to_string(id.value);
  answers_.hear("get " + name, ledger.get(id));
  answers_.hear("find " + name, ledger.find(identifiers_.at(id)));
  answers_.hear("get_at " + name, ledger.get_at(id, Position{size_.value / 2}));
  answers_.hear("list_files " + name, ledger.list_files(id));
  for (const std::string& path : paths_[id]) {
    answers_.hear(fmt::format("retrieve {}/{}", name, path),
                  ledger.retrieve(id, path, {.verify = true}));
  }
}

void Questions::ask_pointer(const Ledger& ledger, const std::string& owner,
                            const std::string& channel) {
  const std::string name = owner + " " + channel;
  answers_.hear("active " + name, deployment_in(ledger.active(owner, channel)));
  answers_.hear("pointer " + name, ledger.pointer(owner, channel));
  answers_.hear("activations " + name, items_of(ledger.activations(owner, channel, all_at_once())));
  answers_.hear("active_at " + name,
                deployment_in(ledger.active_at(owner, channel, Position{size_.value / 2})));
}

void Questions::ask_how_much(const Ledger& ledger) {
  const Result<Stats> all = ledger.stats();
  answers_.hear("log_size", turned(all, [](const Stats& stats) { return stats.log_size; }));
  answers_.hear("ledger_id", turned(all, [](const Stats& stats) { return stats.ledger_id; }));
  answers_.hear("last_deployment",
                turned(all, [](const Stats& stats) { return stats.last_deployment; }));
  answers_.hear("owners", items_of(ledger.owners(all_at_once())));
  answers_.hear("log", ledger.read(Position{1}, kPageLimitMax));
  answers_.hear("behind the log", ledger.read(Position{size_.value + 1}, 1));
  answers_.hear("behind the deployments", ledger.get(DeploymentId{last_.value + 1}));
}

void Questions::verify(const Ledger& ledger) {
  const Result<VerifyReport> report = ledger.verify();
  if (!report) {
    answers_.hear("verify", Result<bool>(report.error()));
    return;
  }
  if (report->is_whole() && answers_.refused() > 0) answers_.note_wrong("verify: all is whole");
  if (!answers_.judging_) answers_.hear("verify", Result<bool>(report->is_whole()));
}

}  // namespace purser::faults
