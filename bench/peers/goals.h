// What the rounds have to show: ratios of runs of the same round, and their floors.
#pragma once

#include <vector>

#include "figures.h"
#include "lineup.h"

namespace purser::peers {

std::vector<Figure> goals(const std::vector<Round>& rounds);

}  // namespace purser::peers
