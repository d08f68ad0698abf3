// A step of a measurement in a process of its own, and what it has cost.
//
// Only for a process of one thread: the child is a copy of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "purser/status.h"

namespace purser::tools {

struct BenchCost {
  double seconds = 0;
  double cpu_seconds = 0;        ///< user and system, with all that the step itself waited for
  std::uint64_t peak_bytes = 0;  ///< of the largest process
};

/// Runs `work`, whose result is the child's exit code, and waits for it. Its standard input and
/// output are /dev/null. Errors: Cancelled; Io{"run", `name`, what it told on standard error} for
/// any exit code but 0.
Result<BenchCost> run_child(const std::string& name, const std::function<int()>& work);

/// The same for a program: `words` are its path, or its name on the PATH, and its arguments.
Result<BenchCost> run_words(const std::string& name, std::vector<std::string> words);

/// What a child process has written to the file that was its standard error, as far as it is worth
/// telling.
[[nodiscard]] std::string read_complaint(int fd);

}  // namespace purser::tools
