// Whether a disk has room, asked before something is written that must not fail half-way.
#pragma once

#include <cstdint>
#include <string>

#include "purser/status.h"

namespace purser {

/// NoSpace{path, available, needed} where the file system that holds `path` has less than `needed`
/// bytes left for this process. Errors: also Io. From any thread.
Status check_space(const std::string& path, std::uint64_t needed);

/// What the file system that holds `path` has left for this process. Errors: Io.
Result<std::uint64_t> bytes_left(const std::string& path);

/// `reserve` and `more`; the greatest number where that is greater still.
[[nodiscard]] std::uint64_t reserve_and(std::uint64_t reserve, std::uint64_t more);

}  // namespace purser
