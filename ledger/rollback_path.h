// The way back: which earlier activations a rollback may go to, nearest first.
//
// Activations form a tree: each has a parent, the activation one would undo it to. A rollback walks
// up the parents and passes over what cannot be active again, so that going back twice goes further
// back and never forward. Parents always have smaller generations, so the walk ends.
// Free functions over one View.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "pointers.h"
#include "projection.h"
#include "purser/event.h"
#include "purser/status.h"

namespace purser {

/// Gets one usable activation; false ends the walk.
using TargetVisitor = std::function<bool(const PointerRow& target)>;

/// Walks up from `from`. Returns what was passed over before the walk ended, nearest first, each
/// deployment once. Errors: LimitExceeded when more were passed over than an event can record.
Result<std::vector<Skipped>> walk_back(const View& view, std::string_view owner,
                                       std::string_view channel, const PointerRow& from,
                                       const TargetVisitor& visit);

}  // namespace purser
