// One life of the writing process: from its start to the kill, or to its own end.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "child.h"

namespace purser::faults {

/// When to kill: it was told where the process is, then so many commands and edits were
/// acknowledged, and then so much time has passed.
struct Plan {
  Said when = Said::opened;
  std::uint64_t answers = 0;
  std::chrono::microseconds after{0};
};

struct Life {
  bool killed = false;
  std::string trouble;  ///< how it ended, where it should not have
  std::vector<Message> told;
};

/// Starts `program` with the task, gives it what is to be retried, listens, and kills. Returns when
/// it is dead and all that it told is read.
Life live(const std::string& program, const ChildTask& task, const std::vector<Message>& retries,
          const Plan& plan);

}  // namespace purser::faults
