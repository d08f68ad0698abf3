// Ctrl-C and its kin during a long call: asked to stop, the call ends in `Cancelled` with nothing
// changed, instead of the process ending in the middle.
#pragma once

#include <csignal>

namespace purser::tools {

/// While one lives, SIGINT, SIGTERM and SIGHUP set a flag. A second one of the same kind ends the
/// process as usual. Nested or one at a time, on the main thread.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  struct sigaction before_[3];
};

/// True once a signal has come during any scope.
[[nodiscard]] bool interrupted();

}  // namespace purser::tools
