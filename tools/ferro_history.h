// What the rows of ferro-deployments say of the past.
#pragma once

#include <vector>

#include "ferro_tables.h"
#include "purser/history.h"

namespace purser::tools {

/// In the order of time, as far as one thing does not need another. Of a pointer the rows hold the
/// two last places: that it came to the one before is an event whose time is not known. Errors:
/// InvalidArgument for a row that says what cannot be.
Result<std::vector<PastEvent>> history_of(const FerroTables& tables);

}  // namespace purser::tools
