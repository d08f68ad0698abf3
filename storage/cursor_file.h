// A follower's cursor: a small file that says how far it has come, and in the log of which ledger.
//
// Replaced as a whole: after a crash it is the one before or the one after. It lies wherever the
// follower wants it. Layout: docs/storage-format.md. Safe from any thread, for different files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "purser/status.h"

namespace purser {

inline constexpr std::uint32_t kCursorFormat = 1;

struct CursorMark {
  LedgerId ledger_id;
  Position position;  ///< of the last event that is done; 0 for none
};

/// Durable on return. Errors: Io.
Status write_cursor(const std::string& path, const CursorMark& mark);

/// Takes hostile bytes. Nothing where there is no file.
/// Errors: Corruption, UnsupportedVersion, Io.
Result<std::optional<CursorMark>> read_cursor(const std::string& path);

}  // namespace purser
