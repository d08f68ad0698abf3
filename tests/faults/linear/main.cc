// Promotions, rollbacks and queries of eight threads over four pointers: whether what they were
// answered has an order, by two checkers that know nothing of each other.
//
// A ledger is asked in rounds and checked after each, so that no history is long; in the last one
// its log breaks, it is opened anew, and what nobody knew is settled. Then comes a new ledger.
#include <stdlib.h>

#include <algorithm>
#include <chrono>

#include "faults/linear/askers.h"
#include "faults/linear/search.h"
#include "faults/linear/subject.h"
#include "faults/linear/witness.h"
#include "faults/run.h"
#include "storage/scratch.h"

namespace purser::linear {
namespace {

constexpr std::uint64_t kLedgerOperations = 1'000'000;
constexpr std::uint64_t kRoundOperations = 40'000;
// Rounds with as many commands as queries, on a disk that keeps them waiting for each other.
constexpr std::uint64_t kDenseOperations = 1'600;
constexpr unsigned kDenseCommandsEvery = 2;
constexpr std::chrono::microseconds kDenseSync{30};

struct Counts {
  std::uint64_t operations = 0;
  std::uint64_t moved = 0;
  std::uint64_t answered = 0;   // commands that moved nothing: unchanged, conflicts, no way back
  std::uint64_t contended = 0;  // of all commands
  std::uint64_t pending = 0;
  std::uint64_t happened = 0;  // of those
  std::size_t widest = 0;
  double asking_s = 0;
  double checking_s = 0;
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// What each checker has found first; empty if nothing.
struct Faults {
  std::string by_search;
  std::string by_position;
  [[nodiscard]] bool any() const { return !by_search.empty() || !by_position.empty(); }
};
void keep_first(std::string& first, const std::string& fault) {
  if (first.empty()) first = fault;
}

// One ledger, from its beginning to its end, or to the first fault.
class Life {
 public:
  Life(const faults::Run& run, std::mt19937_64& random, Counts& counts)
      : random_(random),
        counts_(counts),
        subject_((scratch_ / "ledger").string(), run.mutant),
        witness_(subject_.log_size()) {}

  void run(std::uint64_t operations, Faults& faults) {
    const Round dense{kDenseOperations / kThreads, kDenseCommandsEvery, kDenseSync, false};
    for (std::uint64_t done = 0; done < operations;) {
      Round round{kRoundOperations / kThreads, 50, {}, false};
      if (random_() % 4 == 0) round = dense;
      round.operations = std::min(round.operations, (operations - done) / kThreads + 1);
      done += round.operations * kThreads;
      if (!run(round, faults)) return;
    }
    Round last = dense;
    last.breaks_log = true;
    run(last, faults);
    counts_.widest = std::max(counts_.widest, search_.widest());
    counts_.contended += search_.contended();
  }

 private:
  // Whether all was right.
  bool run(const Round& round, Faults& faults) {
    const auto begin = std::chrono::steady_clock::now();
    History history = run_round(subject_, round, random_);
    if (round.breaks_log) subject_.reopen();
    history[kMain] = look(subject_);
    counts_.asking_s += seconds_since(begin);
    const auto asked = std::chrono::steady_clock::now();
    count(history);
    const std::string by_search = search_.check(history);
    settle(history);
    std::string by_position = witness_.check(history);
    if (by_position.empty() && subject_.log_size() != witness_.log_size()) {
      by_position = "the log holds an event that nobody asked for";
    }
    keep_first(faults.by_search, by_search);
    keep_first(faults.by_position, by_position);
    counts_.checking_s += seconds_since(asked);
    return by_search.empty() && by_position.empty();
  }

  void settle(History& history) {
    for (std::vector<Operation>& operations : history) {
      std::erase_if(operations, [&](Operation& operation) {
        if (operation.outcome != Outcome::pending) return false;
        const bool happened = subject_.settle(operation);
        counts_.happened += happened ? 1 : 0;
        return !happened;
      });
    }
  }

  void count(const History& history) {
    for (const std::vector<Operation>& operations : history) {
      counts_.operations += operations.size();
      for (const Operation& operation : operations) {
        if (operation.outcome == Outcome::moved) ++counts_.moved;
        if (operation.outcome == Outcome::pending) ++counts_.pending;
        if (operation.outcome == Outcome::unchanged || operation.outcome == Outcome::conflict ||
            operation.outcome == Outcome::no_previous) {
          ++counts_.answered;
        }
      }
    }
  }

  std::mt19937_64& random_;
  Counts& counts_;
  Scratch scratch_;
  Subject subject_;
  Witness witness_;
  Search search_;
};

// Without a mutant, until there is a fault; with one, until both checkers have found one.
faults::Found look_for_disorder(const faults::Run& run) {
  faults::Found found;
  Counts counts;
  Faults faults;
  std::mt19937_64 random = run.random();
  // Where Scratch makes its folder. Nobody else runs yet.
  ::setenv("TMPDIR", run.dir.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  const auto is_over = [&] {
    const bool both = !faults.by_search.empty() && !faults.by_position.empty();
    return counts.operations >= run.count || (run.mutant.empty() ? faults.any() : both);
  };
  while (!is_over()) {
    const std::uint64_t left = run.count - counts.operations;
    Life(run, random, counts).run(std::min(left, kLedgerOperations), faults);
  }
  const std::string& missing = faults.by_search.empty() ? faults.by_search : faults.by_position;
  if (faults.any() && (run.mutant.empty() || !missing.empty())) {
    faults::note_wrong(found, faults.by_search + "; " + faults.by_position);
  }
  found.faults = counts.operations;
  found.figures = fmt::format(
      "{} moved a pointer and {} more were commands, {} of them while another one was under way on "
      "the pointer; {} had an unknown outcome, of which {} had happened; {:.0f} operations/s, "
      "checked at {:.0f}/s; at most {} cases at once",
      counts.moved, counts.answered, counts.contended, counts.pending, counts.happened,
      static_cast<double>(counts.operations) / counts.asking_s,
      static_cast<double>(counts.operations) / counts.checking_s, counts.widest);
  return found;
}

}  // namespace
}  // namespace purser::linear

int main(int argc, char** argv) {
  namespace linear = purser::linear;
  return purser::faults::run_faults(
      argc, argv, "linearizability", 3'000'000,
      {linear::kExpectOutside, linear::kStaleActive, linear::kFalsePromise},
      [](const purser::faults::Run& run) { return linear::look_for_disorder(run); });
}
