#include "support/test_ledger.h"

namespace purser {

TestLedger::TestLedger(Where where, const Options& options) : options_(options) {
  if (where == Where::memory) {
    ledger_ = must(Ledger::in_memory(options_));
    return;
  }
  scratch_ = std::make_unique<Scratch>();
  must(Ledger::init(directory(), options_));
  open();
}

std::string TestLedger::directory() const { return (*scratch_ / "ledger").string(); }

std::string TestLedger::beside(std::string_view name) {
  if (!beside_) beside_ = std::make_unique<Scratch>();
  return (*beside_ / name).string();
}

void TestLedger::reopen() {
  if (!on_disk()) return;
  close();
  open();
}

void TestLedger::close() {
  must(ledger_->close());
  ledger_.reset();
}

void TestLedger::open() { ledger_ = must(Ledger::open(directory(), options_)); }

DeploymentId create(Ledger& ledger, std::string_view owner) {
  return must(ledger.create(owner)).id;
}

DeploymentId ready(Ledger& ledger, std::string_view owner) {
  const DeploymentId id = create(ledger, owner);
  must(ledger.mark_ready_external(id, "s3://builds/1", 10));
  return id;
}

DeploymentId sealed(Ledger& ledger, std::string_view owner, std::string_view path,
                    std::string_view bytes) {
  const DeploymentId id = create(ledger, owner);
  must(ledger.store(id, path, bytes));
  must(ledger.mark_ready(id));
  return id;
}

DeploymentId failed(Ledger& ledger, std::string_view owner) {
  const DeploymentId id = create(ledger, owner);
  must(ledger.mark_failed(id, "build", "it broke"));
  return id;
}

DeploymentId promoted(Ledger& ledger, std::string_view owner) {
  const DeploymentId id = ready(ledger, owner);
  must(ledger.promote(owner, id));
  return id;
}

std::vector<DeploymentId> promoted(Ledger& ledger, int count, std::string_view owner) {
  std::vector<DeploymentId> ids;
  for (int i = 0; i < count; ++i) ids.push_back(promoted(ledger, owner));
  return ids;
}

std::optional<DeploymentId> active_id(const Ledger& ledger, std::string_view owner,
                                      std::string_view channel) {
  const auto active = must(ledger.active(owner, channel));
  return active ? std::optional(active->id) : std::nullopt;
}

Position log_size(const Ledger& ledger) { return must(ledger.stats()).log_size; }

std::vector<Event> all_events(const Ledger& ledger) {
  std::vector<Event> events;
  while (true) {
    const auto page = must(ledger.read(Position{events.size() + 1}, kPageLimitMax));
    if (page.empty()) return events;
    events.insert(events.end(), page.begin(), page.end());
  }
}

Event last_event(const Ledger& ledger) { return must(ledger.read(log_size(ledger), 1)).at(0); }

Context as_request(std::string request_id) {
  Context context;
  context.request_id = std::move(request_id);
  return context;
}

Context dry_run() {
  Context context;
  context.dry_run = true;
  return context;
}

Options FakeClock::options() {
  Options options;
  options.clock = [this] { return Timestamp{now_}; };
  return options;
}

}  // namespace purser
