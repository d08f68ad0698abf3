// Where a ledger's key is kept unless told: in $XDG_CONFIG_HOME/purser or ~/.config/purser, named
// after the ledger and the epoch.
#pragma once

#include <cstdint>
#include <string>

#include "purser/ledger.h"

namespace purser::tools {

/// Errors: InvalidArgument where neither variable says where that is.
Result<std::string> default_key_path(const Ledger& ledger, std::uint64_t epoch);
/// The same, its folder made (0700) if need be. Errors: also Io.
Result<std::string> make_default_key_path(const Ledger& ledger, std::uint64_t epoch);

}  // namespace purser::tools
