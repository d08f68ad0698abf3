// Opens a ledger again after its disk had refused something, and holds it to what was told.
#pragma once

#include <string>

#include "faults/writes/script.h"

namespace purser::faults {

struct Settled {
  std::string wrong;  ///< the first thing that is; empty: none
  int happened = 0;   ///< commands of unknown outcome that turned out to have happened
  int did_not = 0;    ///< and those that had not
};

/// What was ok is there, what was rejected is not, what was unknown is wholly there or not at all;
/// asking again with the same request id makes it happen once. All is whole, and the next open
/// shows the same.
Settled settle(const std::string& path, const Answers& answers, Mistake mistake);

}  // namespace purser::faults
