// A write-ahead log whose medium is slow, or fails, when it is told to, for a program that links
// failing_log.cc.
//
// It stands in front of the C library, whoever calls, and looks at files `*.log` only.
#pragma once

#include <chrono>

namespace purser::linear {

enum class LogFault {
  write,  ///< nothing of it reaches the file
  sync,   ///< all of it did, and stays
};

/// The next one fails with EIO, and all that follow, until `mend_log`.
void break_log(LogFault fault);
void mend_log();

/// How long a sync takes at least.
void slow_log(std::chrono::microseconds sync);

}  // namespace purser::linear
