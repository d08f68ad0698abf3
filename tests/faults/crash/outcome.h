// What a command answered, as it goes through the pipe.
#pragma once

#include "message.h"

namespace purser::faults {

Outcome outcome_of(const Answer& answer);

}  // namespace purser::faults
