// What is active, from Purser: the whole deployment, for one owner after the other. Where somebody
// writes meanwhile it is one more thread, which moves the pointers that are read, as fast as it
// can; or it is the bare append loop, which shows what any thread that syncs costs its neighbour.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "clients.h"
#include "ledgers.h"
#include "scratch_ledger.h"
#include "subjects.h"
#include "walk.h"

namespace purser::peers {
namespace {

constexpr int kWriterWindow = 256;

class LedgerReads final : public Subject {
 public:
  explicit LedgerReads(Beside beside, std::unique_ptr<Subject> append = nullptr)
      : beside_(beside), append_(std::move(append)) {}

  void prepare(const std::string& directory) override {
    ledger_ = std::make_unique<Ledger>(promotable_ledger(directory + "/ledger"));
    InFlight commands(*ledger_, kWriterWindow);
    for (int i = 0; i < kOwners; ++i) commands.submit(next_promotion());
    if (append_) append_->prepare(directory);
  }

  Outcome run(int, double seconds) override {
    std::atomic<bool> stop{false};
    std::thread writer([&] { write(stop, seconds); });
    std::size_t turn = 0;
    Outcome outcome = run_reader(seconds, [&] {
      const SharedDeployment active = bench::must(ledger_->active(owners_[turn]));
      if (!active) bench::fail("active", "nothing is active");
      turn = turn + 1 == owners_.size() ? 0 : turn + 1;
    });
    stop = true;
    writer.join();
    return outcome;
  }

 private:
  void write(const std::atomic<bool>& stop, double seconds) {
    if (append_) {
      append_->run(1, seconds);
    } else if (beside_ == Beside::promotes) {
      while (!stop) {
        const Promote next = next_promotion();
        promote(*ledger_, next.owner, next.id);
      }
    } else if (beside_ == Beside::in_flight) {
      InFlight commands(*ledger_, kWriterWindow);
      while (!stop) commands.submit(next_promotion());
    }
  }

  Promote next_promotion() {
    const int deployment = walk_.next().deployment;
    const std::string& owner = owners_[static_cast<std::size_t>(owner_of(deployment))];
    return {owner, DeploymentId{static_cast<std::uint64_t>(deployment)}, {}};
  }

  const Beside beside_;
  const std::unique_ptr<Subject> append_;
  const std::vector<std::string> owners_ = owner_names();
  std::unique_ptr<Ledger> ledger_;
  Walk walk_{0, 1};
};

}  // namespace

std::unique_ptr<Subject> ledger_reads(Beside beside) {
  return std::make_unique<LedgerReads>(beside);
}

std::unique_ptr<Subject> ledger_reads_beside(std::unique_ptr<Subject> append) {
  return std::make_unique<LedgerReads>(Beside::nobody, std::move(append));
}

}  // namespace purser::peers
