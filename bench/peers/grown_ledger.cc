#include "grown_ledger.h"

#include <array>

#include "ledgers.h"
#include "scratch.h"
#include "scratch_ledger.h"

namespace purser::peers {
namespace {

constexpr int kGrownOwners = 100;
constexpr int kWindow = 256;
constexpr int kFillWindow = 4096;

std::string owner_name(std::uint64_t number) {
  return "project:" + std::to_string(number % kGrownOwners);
}

/// Pointers that move to and fro, one owner after the other.
class Movements {
 public:
  explicit Movements(Ledger& ledger) {
    for (std::uint64_t i = 0; i < kGrownOwners; ++i) {
      const std::string owner = owner_name(i);
      const auto newest = bench::must(ledger.list(owner, {}, {2, std::nullopt})).items;
      const SharedDeployment active = bench::must(ledger.active(owner));
      if (newest.size() != 2 || !active) bench::fail(owner, "too few deployments");
      const bool first = active->id != newest[0].id;
      pairs_.push_back({newest[first ? 0 : 1].id, newest[first ? 1 : 0].id});
    }
  }

  Promote next() {
    const std::uint64_t turn = turn_++;
    const std::uint64_t owner = turn % kGrownOwners;
    return {owner_name(owner), pairs_[owner][turn / kGrownOwners % 2], {}};
  }

 private:
  std::vector<std::array<DeploymentId, 2>> pairs_;
  std::uint64_t turn_ = 0;
};

void promote_alone(Ledger& ledger, Movements& movements, int count) {
  for (int i = 0; i < count; ++i) {
    const Promote next = movements.next();
    promote(ledger, next.owner, next.id);
  }
}

void promote_together(Ledger& ledger, Movements& movements, int count) {
  InFlight commands(ledger, kWindow);
  for (int i = 0; i < count; ++i) commands.submit(movements.next());
}

double ms_since(Clock::time_point start) { return seconds_since(start) * 1e3; }

}  // namespace

void make_grown_ledger(const std::string& path, std::uint64_t events) {
  Ledger ledger = new_ledger(path);
  {
    InFlight commands(ledger, kFillWindow);
    for (std::uint64_t i = 0; i < (events + 2) / 3; ++i) {
      const DeploymentId id{i + 1};  // ids are given out in the order of submission
      const std::string owner = owner_name(i);
      CreateOptions options;
      options.source_ref = "main";
      commands.submit(Create{owner, options});
      commands.submit(MarkReadyExternal{id, "file:///nowhere/" + std::to_string(i), 100});
      commands.submit(Promote{owner, id, {}});
    }
  }
  bench::must(ledger.close());
}

Session use_grown_ledger(const std::string& path, int alone, int together) {
  Session session;
  Clock::time_point start = Clock::now();
  Ledger ledger = open_ledger(path);
  session.open_ms = ms_since(start);
  settle_process();
  Movements movements(ledger);
  promote_together(ledger, movements, 2 * kGrownOwners);

  start = Clock::now();
  promote_alone(ledger, movements, alone);
  session.promote_us = us_since(start) / alone;
  start = Clock::now();
  promote_together(ledger, movements, together);
  session.in_flight_us = us_since(start) / together;

  start = Clock::now();
  bench::must(ledger.close());
  session.close_ms = ms_since(start);
  start = Clock::now();
  Ledger again = open_ledger(path);
  session.open_again_ms = ms_since(start);
  bench::must(again.close());
  return session;
}

}  // namespace purser::peers
