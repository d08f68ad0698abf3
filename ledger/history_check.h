// Looks whether the log is whole, and whether the projections are what it says.
#pragma once

#include <cstddef>

#include "findings.h"
#include "meter.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// Each event is a file to `meter`, twice. `cursors`: whether those are looked at as well.
/// Projections are compared only if no event is missing or damaged. Counts
/// events and rows in `report`. Errors: UnsupportedVersion, Corruption of the rows that announce
/// builds, Io, Cancelled.
Result<Findings> check_history(const RowReader& rows, bool cursors, std::size_t memory_bytes,
                               Meter& meter, VerifyReport& report);

}  // namespace purser
