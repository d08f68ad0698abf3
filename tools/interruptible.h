// Bytes that may be long in coming.
#pragma once

#include <string>

#include "purser/artifact.h"

namespace purser::tools {

/// The bytes of `fd`, which stays the caller's; errors call it `name`. Ends in Cancelled once a
/// signal has come during an InterruptScope, also while it waits.
[[nodiscard]] ByteSource interruptible(int fd, std::string name);

}  // namespace purser::tools
