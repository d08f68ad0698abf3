// What a request id that comes back is answered: what its events say, nothing new.
#pragma once

#include "projection.h"
#include "proposal.h"

namespace purser {

/// Answers every step of `proposal` from the log, if its request ids are known: true. False if none
/// of them is. Errors: RequestIdReused where only some are known, where they were given to other
/// commands, or where an `apply` had other steps besides.
Result<bool> replay(const View& view, const Proposal& proposal);

}  // namespace purser
