// What a ledger tells its embedder beside its answers: that it was opened, that something is made
// anew, that it writes no more, and why.
//
// Messages are for people, one line each, in no fixed words; what a program acts on is in the
// answers and in `Stats`. They name paths and positions, and nothing that a user has stored.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "purser/export.h"

namespace purser {

enum class LogLevel : std::uint8_t { info, warning, error };
[[nodiscard]] PURSER_EXPORT std::string_view to_string(LogLevel level);

/// Called from any thread, also several at once; must not throw and must not call the ledger.
/// `message` lives until it returns.
using Logger = std::function<void(LogLevel level, std::string_view message)>;

}  // namespace purser
