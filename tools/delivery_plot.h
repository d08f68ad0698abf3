// The picture of `purser report`: promotions of each day, and how long it took to restore.
#pragma once

#include <string>

#include "delivery_figures.h"

namespace purser::tools {

/// What gnuplot is told, see Picture. No name that a user has given is in it.
[[nodiscard]] std::string delivery_script(const Delivery& delivery);

}  // namespace purser::tools
