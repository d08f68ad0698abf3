// Looks over the log: every event is there, is what was written, and stands in order.
#pragma once

#include <functional>

#include "findings.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// Asked every some hundred events, by one thread at a time, with how many were looked at since;
/// false cancels.
using CheckProgress = std::function<bool(std::uint64_t events)>;

/// All events up to `last`, the size of the log, on all processors. Damage is what it returns.
/// Errors: UnsupportedVersion, Io, Cancelled.
Result<Findings> check_log(const RowReader& rows, Position last, const CheckProgress& progress);

}  // namespace purser
