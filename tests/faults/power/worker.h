// One thread's commands in one session of a recorded ledger.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "faults/power/notes.h"

namespace purser::faults {

/// How much is done, and with what.
struct Load {
  int sessions = 6;  ///< the ledger is opened and closed so often
  int threads = 3;
  int commands = 10;        ///< of each thread in each session
  bool long_log = false;    ///< more events than a write-ahead log is closed with
  bool full_packs = false;  ///< so many bytes that packs are switched
};

/// Drafts are its own, pointers are everybody's.
class Worker {
 public:
  Worker(Ledger& ledger, Notes& notes, const Load& load, std::uint64_t seed)
      : ledger_(ledger), notes_(notes), load_(load), random_(seed) {}

  void run();

 private:
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }
  bool chance(std::uint64_t of) { return below(of) == 0; }
  std::string owner();
  std::string channel();
  Context context();
  std::string bytes();
  DeploymentId some();

  void one();
  void create();
  void end_draft();
  void store();
  void remove();
  void move_pointer();
  void give_up();
  std::vector<Command> several();
  template <class R>
  bool done(const char* what, const R& result);
  template <class Run>
  void edit(const char* what, Files after, const Run& run);

  Ledger& ledger_;
  Notes& notes_;
  const Load& load_;
  std::mt19937_64 random_;
  std::string owner_{"bakery"};
  std::optional<DeploymentId> draft_;
  Files files_;  // of the draft
  std::vector<DeploymentId> ended_;
  std::shared_ptr<const Content> last_;
};

}  // namespace purser::faults
