// Purser, with default options. Each promotion is checked and decided, becomes an event that bears
// a checksum, and is folded into rows, all in one synced write; receipts are looked at, and one
// that says that nothing moved ends the run.
#include "clients.h"
#include "ledgers.h"
#include "scratch_ledger.h"
#include "subjects.h"
#include "walk.h"

namespace purser::peers {
namespace {

class LedgerSubject : public Subject {
 public:
  void prepare(const std::string& directory) override {
    ledger_ = std::make_unique<Ledger>(promotable_ledger(directory + "/ledger"));
  }

 protected:
  [[nodiscard]] Ledger& ledger() { return *ledger_; }
  [[nodiscard]] const std::string& owner(int deployment) const {
    return owners_[static_cast<std::size_t>(owner_of(deployment))];
  }
  static DeploymentId id(int deployment) { return {static_cast<std::uint64_t>(deployment)}; }

 private:
  const std::vector<std::string> owners_ = owner_names();
  std::unique_ptr<Ledger> ledger_;
};

// Each client waits for its promotion before it gives the next one.
class OneByOne final : public LedgerSubject {
 public:
  Outcome run(int clients, double seconds) override {
    return run_clients(clients, seconds, [&](int client) -> Call {
      return [this, walk = Walk(client, clients)]() mutable {
        const int deployment = walk.next().deployment;
        promote(ledger(), owner(deployment), id(deployment));
      };
    });
  }
};

// One thread gives the next promotion when fewer than `window` are unanswered. The latency is that
// from a submission to its answer.
class ManyInFlight final : public LedgerSubject {
 public:
  explicit ManyInFlight(int window) : window_(window) {}

  Outcome run(int clients, double seconds) override {
    if (clients != 1) bench::fail("in flight", "one thread only");
    InFlight commands(ledger(), window_, true);
    Walk walk(0, 1);
    const Clock::time_point start = Clock::now();
    while (seconds_since(start) < seconds) {
      const int deployment = walk.next().deployment;
      commands.submit(Promote{owner(deployment), id(deployment), {}});
    }
    Outcome outcome;
    outcome.operations = commands.answered();
    outcome.seconds = seconds_since(start);
    commands.drain();
    outcome.latencies_us = commands.latencies_us();
    return outcome;
  }

 private:
  const int window_;
};

// All or none of so many promotions by one call, which waits. Making the commands is timed as well.
class ManyAtOnce final : public LedgerSubject {
 public:
  explicit ManyAtOnce(int commands) : commands_(commands) {}

  Outcome run(int clients, double seconds) override {
    if (clients != 1) bench::fail("apply", "one thread only");
    Walk walk(0, 1);
    const auto apply = [&] {
      std::vector<Command> commands;
      commands.reserve(static_cast<std::size_t>(commands_));
      for (int i = 0; i < commands_; ++i) {
        const int deployment = walk.next().deployment;
        commands.emplace_back(Promote{owner(deployment), id(deployment), {}});
      }
      for (const Answer& answer : bench::must(ledger().apply(commands))) check_changed(answer);
    };
    return run_clients(
        1, seconds, [&](int) -> Call { return apply; }, static_cast<std::uint64_t>(commands_));
  }

 private:
  const int commands_;
};

}  // namespace

std::unique_ptr<Subject> ledger_promotes() { return std::make_unique<OneByOne>(); }
std::unique_ptr<Subject> ledger_in_flight(int window) {
  return std::make_unique<ManyInFlight>(window);
}
std::unique_ptr<Subject> ledger_applies(int commands) {
  return std::make_unique<ManyAtOnce>(commands);
}

}  // namespace purser::peers
