// What opening for writing will read, read beforehand.
//
// Opening a database for writing changes it: logs become tables, and tables that it does not know
// are deleted, though they may be the last that holds some rows. So whatever could make the opening
// fail afterwards is looked at while nothing has been opened for writing yet.
#pragma once

#include <vector>

#include "build.h"
#include "rocks_store.h"

namespace purser {

/// The projections whose rows do not say what this program reads from them, up to `size`: opening
/// for writing makes them anew.
std::vector<ProjectionId> stale_projections(const BuildStates& states, Position size);

/// Errors: those that opening `store` for writing, with a log of `size` events, would end with;
/// Corruption{log} where tables with events are missing in the middle of it.
Status probe_for_writing(const RocksStore& store, Position size, bool tree_is_damaged);

}  // namespace purser
