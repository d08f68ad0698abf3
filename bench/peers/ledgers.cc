#include "ledgers.h"

#include "scratch_ledger.h"
#include "walk.h"

namespace purser::peers {
namespace {

constexpr int kPrepareWindow = 256;

}  // namespace

Ledger new_ledger(const std::string& path) {
  bench::must(Ledger::init(path));
  return open_ledger(path);
}

Ledger open_ledger(const std::string& path) {
  Options options;
  options.actor = "bench";
  return bench::must(Ledger::open(path, options));
}

// The rows say what those of the peers say. Ids are given out in the order of submission.
Ledger promotable_ledger(const std::string& path) {
  Ledger ledger = new_ledger(path);
  const std::vector<std::string> owners = owner_names();
  InFlight commands(ledger, kPrepareWindow);
  for (int id = 1; id <= kDeployments; ++id) {
    const DeploymentId deployment{static_cast<std::uint64_t>(id)};
    CreateOptions options;
    options.source_ref = "sha";
    commands.submit(Create{owners[static_cast<std::size_t>(owner_of(id))], options});
    const std::string location = "deployments/" + std::to_string(id) + "/";
    commands.submit(MarkReadyExternal{deployment, location, 100});
  }
  commands.drain();
  return ledger;
}

void promote(Ledger& ledger, const std::string& owner, DeploymentId deployment) {
  const PointerAnswer answer = bench::must(ledger.promote(owner, deployment));
  if (answer.receipt.unchanged) bench::fail("promote", "it moved nothing");
}

void check_changed(const Answer& answer) {
  const bool unchanged =
      std::visit([](const auto& value) { return value.receipt.unchanged; }, answer);
  if (unchanged) bench::fail("command", "it changed nothing");
}

void InFlight::submit(Command command) {
  for (int count = count_.load(); count >= window_; count = count_.load()) count_.wait(count);
  Flight* flight = timed_ ? &flights_.emplace_back() : nullptr;
  count_.fetch_add(1);
  ++submitted_;
  if (timed_) flight->start = Clock::now();
  ledger_.submit(std::move(command), {},
                 [this, flight](const Result<Answer>& answer) { land(flight, answer); });
}

void InFlight::land(Flight* flight, const Result<Answer>& answer) {
  if (!answer) bench::fail(answer.error().name(), answer.error().message());
  check_changed(*answer);
  if (timed_) flight->end = Clock::now();
  const int before = count_.fetch_sub(1);
  if (before == window_ || before == 1) count_.notify_one();  // what the submitter may wait for
}

void InFlight::drain() {
  for (int count = count_.load(); count > 0; count = count_.load()) count_.wait(count);
}

std::uint64_t InFlight::answered() const {
  return submitted_ - static_cast<std::uint64_t>(count_.load());
}

std::vector<double> InFlight::latencies_us() const {
  std::vector<double> latencies;
  latencies.reserve(flights_.size());
  for (const Flight& flight : flights_) {
    latencies.push_back(std::chrono::duration<double>(flight.end - flight.start).count() * 1e6);
  }
  return latencies;
}

}  // namespace purser::peers
