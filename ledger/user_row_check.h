// Compares the rows of users' projections with what their folds make of the events, where the code
// is at hand.
#pragma once

#include <vector>

#include "findings.h"
#include "meter.h"
#include "purser/user_projection.h"
#include "purser/verify.h"
#include "store.h"

namespace purser {

/// Each projection up to where its rows speak, as of `at`; the folds keep theirs in memory. What
/// could not be compared is in `report.unchecked`. Errors: those of reading, Cancelled.
Result<Findings> check_user_rows(const RowReader& rows, Position at,
                                 const std::vector<UserProjection>& projections,
                                 std::size_t memory_bytes, Meter& meter, VerifyReport& report);

}  // namespace purser
