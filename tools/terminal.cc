#include "terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace purser::tools {
namespace {

// Empty if unset. No thread of the program changes the environment.
std::string_view environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr ? value : "";
}

}  // namespace

bool is_capable_terminal(int fd) {
  const std::string_view terminal = environment("TERM");
  return ::isatty(fd) == 1 && !terminal.empty() && terminal != "dumb";
}

bool wants_colour() {
  return is_capable_terminal(STDOUT_FILENO) && environment("NO_COLOR").empty();
}

}  // namespace purser::tools
