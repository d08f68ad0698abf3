// Why not all is well with a ledger, as far as the figures of a handle tell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "purser/error.h"
#include "purser/options.h"
#include "purser/stats.h"

namespace purser {

/// A sentence each. `failure`: why the handle writes no more. `is_forced_to_read`: the disk had no
/// room to open the ledger for writing.
std::vector<std::string> complaints_about(const Stats& stats, const Options& options,
                                          const std::optional<Error>& failure,
                                          bool is_forced_to_read);

}  // namespace purser
