// Commands of several threads on a small ledger, recorded, so that every step of it can be cut.
#pragma once

#include <random>
#include <string>

#include "faults/power/history.h"
#include "faults/power/recorder.h"
#include "faults/power/worker.h"

namespace purser::faults {

struct Work {
  Recording recording;
  History history;
  std::string wrong;  ///< what a command answered that it should not have
};

/// Makes a ledger in `folder`, which is there and empty, and works on it.
/// `acknowledge_early`: a mutant that says a command is done when it begins.
Work work(const std::string& folder, const Load& load, std::mt19937_64& random,
          bool acknowledge_early);

/// Where in the folder the ledger lies.
std::string ledger_in(const std::string& folder);

/// As all ledgers here are opened.
Options small_options();

}  // namespace purser::faults
