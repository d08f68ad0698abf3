// What the terminal understands, if there is one.
#pragma once

namespace purser::tools {

/// True if `fd` is a terminal that moves its cursor and clears lines when told to.
[[nodiscard]] bool is_capable_terminal(int fd);

/// True if standard output is such a terminal and nobody asked for no colour (`NO_COLOR`).
[[nodiscard]] bool wants_colour();

}  // namespace purser::tools
