// `DIR/PURSER`: says that a directory is a ledger, which one, and in which format.
//
// Written once, last of all when a ledger is made; never changed. Layout: docs/storage-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "purser/status.h"

namespace purser {

inline constexpr std::uint32_t kLedgerFormat = 1;

/// The marker of a ledger, and that of a backup, which nothing opens: it is restored from.
inline constexpr char kLedgerMarker[] = "PURSER";
inline constexpr char kBackupMarker[] = "PURSER.backup";

/// Makes the marker in `directory`, durably. Errors: AlreadyExists, Io.
Status write_marker(const std::string& directory, const LedgerId& id,
                    const char* name = kLedgerMarker);

/// Errors: NotFound (no ledger here), Corruption, UnsupportedVersion, Io.
Result<LedgerId> read_marker(const std::string& directory, const char* name = kLedgerMarker);

/// The ledger that `path`, of which the end need not be there, is or lies in; nothing where there
/// is none. Errors: Io.
Result<std::optional<std::string>> ledger_around(const std::string& path);

}  // namespace purser
