// A moment of a ledger's past, named by a position or by a time.
//
// A position stands for the state that the event there left behind; 0 for the state before the
// first. A time stands for the state after every event up to and including that time, which is the
// latest one there is where the time has not come yet. A plain value.
#pragma once

#include <variant>

#include "purser/types.h"

namespace purser {

using AsOf = std::variant<Position, Timestamp>;

}  // namespace purser
