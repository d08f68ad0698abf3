// Events as rows of a table.
#pragma once

#include <vector>

#include "purser/event.h"
#include "table.h"

namespace purser::tools {

[[nodiscard]] std::vector<Column> event_columns();
[[nodiscard]] std::vector<Cell> event_row(const Event& event);

}  // namespace purser::tools
