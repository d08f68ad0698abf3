// What every program of tests/faults is told, and how it ends.
//
// A program looks for one kind of fault, `count` times, from `seed` on; the same seed makes the
// same run as far as threads allow. It prints one line that says what was done and found. With a
// mutant a mistake is seeded into what it tests, and it is the mutant that must be found: a test
// that cannot fail is a defect.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace purser::faults {

struct Run {
  std::uint64_t seed = 1;
  std::uint64_t count = 0;
  std::string mutant;  ///< empty: none
  std::string dir;     ///< where ledgers are made; each program makes a folder of its own in it

  [[nodiscard]] std::mt19937_64 random(std::uint64_t stream = 0) const {
    std::seed_seq numbers{seed, stream};
    return std::mt19937_64(numbers);
  }
};

struct Found {
  std::uint64_t faults = 0;  ///< how often the fault was put
  std::uint64_t wrong = 0;   ///< how often the claim did not hold
  std::string first_wrong;   ///< what was wrong the first time, and how to see it again
  std::string figures;       ///< what else was counted, for docs/reliability.md
};

/// Says once what was found wrong, and counts all.
inline void note_wrong(Found& found, const std::string& what) {
  if (found.wrong++ == 0) found.first_wrong = what;
}

/// A whole program: reads the arguments, runs `look`, and says what was found. Exit code 0: the
/// claim held, or the mutant was found; 1: it did not, or the mutant was not; 2: usage.
inline int run_faults(int argc, char** argv, const std::string& claim, std::uint64_t count,
                      const std::vector<std::string>& mutants,
                      const std::function<Found(const Run&)>& look) {
  Run run;
  run.count = count;
  run.dir = "/tmp";
  CLI::App app(claim);
  app.add_option("--seed", run.seed, "where the random choices begin")->capture_default_str();
  app.add_option("--count", run.count, "how many faults")->capture_default_str();
  app.add_option("--dir", run.dir, "where to make ledgers")->capture_default_str();
  if (!mutants.empty()) {
    app.add_option("--mutant", run.mutant, "a mistake to be found")->check(CLI::IsMember(mutants));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const Found found = look(run);
  fmt::print("{}: seed {}, {} faults, {} wrong{}{}\n", app.get_description(), run.seed,
             found.faults, found.wrong, found.figures.empty() ? "" : "; ", found.figures);
  if (found.wrong > 0) fmt::print("first: {}\n", found.first_wrong);
  if (run.mutant.empty()) return found.wrong == 0 && found.faults > 0 ? 0 : 1;
  fmt::print("mutant '{}': {}\n", run.mutant, found.wrong > 0 ? "found" : "NOT FOUND");
  return found.wrong > 0 ? 0 : 1;
}

}  // namespace purser::faults
