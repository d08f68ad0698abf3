// The rounds: every subject once in each, next to those that it is compared with.
#pragma once

#include "arguments.h"

namespace purser::peers {

/// Prints what was measured, as Markdown.
void run_contest(const Arguments& arguments);

}  // namespace purser::peers
