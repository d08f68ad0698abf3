// Errors as the program tells them: a JSON object, a line of text and an exit code.
#pragma once

#include "json.h"
#include "purser/error.h"

namespace purser::tools {

/// What scripts go by; docs/cli.md.
enum ExitCode : int {
  kDone = 0,
  kInternal = 1,  ///< also: cancelled
  kUsage = 2,     ///< also: invalid argument, limit
  kNotFound = 3,  ///< also: nothing there
  kRefused = 4,
  kBusy = 5,
  kCorrupt = 6,
  kOutcomeUnknown = 7,
  kEnvironment = 8,  ///< no space, read-only, I/O
};

[[nodiscard]] ExitCode exit_code(const Error& error);

/// `code`, `message` and every field of the error.
[[nodiscard]] Json json_of(const Error& error);

}  // namespace purser::tools
