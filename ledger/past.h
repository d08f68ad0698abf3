// The ledger as it was: queries over a View whose position lies in the past. Every row they read is
// written once and bears its position, so that what came later is passed over. Free functions;
// answers are copies.
#pragma once

#include "pointer_name.h"
#include "projection.h"
#include "purser/as_of.h"
#include "purser/commands.h"
#include "purser/status.h"

namespace purser {

/// The last position of `view` that `at` takes in. Errors: InvalidArgument beyond its end.
Result<Position> position_of(const View& view, const AsOf& at);

/// What was active at a moment of `view`, as it was then; null where nothing was.
Result<SharedDeployment> query_active(const View& view, const PointerName& name, const AsOf& at);
Result<Pointer> query_pointer(const View& then, const PointerName& name);
/// Every pointer that had moved.
Result<Page<Pointer>> query_state(const View& then, const PageRequest& page);

}  // namespace purser
