// gnuplot as a child process.
#pragma once

#include <string_view>

#include "purser/status.h"

namespace purser::tools {

/// Runs gnuplot, found on the PATH, without a shell and without the user's settings: `script` is
/// its standard input, `output` its standard output. Errors: Io.
Status run_gnuplot(std::string_view script, int output);

}  // namespace purser::tools
