// The clock and the randomness of the operating system, and what is drawn from it.
#pragma once

#include <cstdint>
#include <string>

#include "purser/options.h"
#include "purser/types.h"

namespace purser {

/// `options` with the system's clock and randomness, and a logger that tells nobody, where none is
/// given. From here on all are set.
[[nodiscard]] Options with_system(Options options);

/// A random UUID (version 4, RFC 9562), lower case.
[[nodiscard]] std::string draw_uuid(const Options& options);

[[nodiscard]] LedgerId draw_ledger_id(const Options& options);

/// How many times fork() made this process out of another one, since the first call: a handle that
/// sees another number than when it was made is in a child. Costs no system call.
[[nodiscard]] std::uint64_t forks_before();

}  // namespace purser
