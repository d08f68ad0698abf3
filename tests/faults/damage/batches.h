// Trials in child processes, so that one which ends its process is counted and named like any other
// that is wrong, and does not end the run.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "faults/damage/trial.h"

namespace purser::faults {

struct Tally {
  std::array<std::uint64_t, kOutcomes> outcomes{};
  std::uint64_t crashes = 0;  ///< also counted as wrong
  std::string first_wrong;
  std::uint64_t most_memory_bytes = 0;  ///< of a child
};

/// Runs `make` in a child of its own, which must end well: what uses threads stays out of this
/// process, whose children would lack them.
void in_child(const std::function<void()>& make);

/// Every injury of `whole`, in directories in `directory`.
Tally run_batches(const Folder& whole, const std::vector<Injury>& injuries,
                  const std::string& directory, std::uint64_t seed, Mutant mutant);

}  // namespace purser::faults
