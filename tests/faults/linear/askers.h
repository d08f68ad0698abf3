// Threads that ask a subject at random, all at once, and note what it answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "faults/linear/operation.h"
#include "faults/linear/subject.h"

namespace purser::linear {

/// What a round is like. Each asker asks `operations` times; one time in `commands_every` it is for
/// something to be done.
struct Round {
  std::uint64_t operations = 0;
  unsigned commands_every = 50;
  std::chrono::microseconds sync{};  ///< how long one takes at least
  bool breaks_log = false;           ///< somewhere on the way
};

/// One round; its history ends with nothing under way. What a handle refused that takes no more
/// commands is left out, and so is what the same asker would have asked for after that.
History run_round(Subject& subject, const Round& round, std::mt19937_64& random);

/// What every pointer shows now, as asked by one who was not there before.
std::vector<Operation> look(Subject& subject);

}  // namespace purser::linear
