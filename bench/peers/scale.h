// What a ledger of many events costs, beside one of a thousand.
#pragma once

#include "arguments.h"

namespace purser::peers {

/// Makes a ledger of `arguments.scale` events, which takes minutes when they are many, and prints
/// what was measured, as Markdown.
void run_scale(const Arguments& arguments);

}  // namespace purser::peers
