// The symbolic link that says which of several directories is in use, such as `current`.
//
// It is moved by renaming a new link over it: whoever follows it meanwhile arrives at the old
// directory or at the new one. The new link is relative where the directory lies below the one that
// holds the link, so that both can be moved together, and absolute elsewhere. One thread at a time.
#pragma once

#include <string>

#include "posix.h"
#include "purser/status.h"

namespace purser {

/// Errors: AlreadyExists where something other than a symbolic link stands at `link`, NotFound (no
/// directory to hold it), InvalidArgument, Io.
Status check_current_link(const std::string& link);

/// Durable when it returns ok. `directory` must exist. What others put at `link` in the moment
/// between the check and the rename is replaced, unless it is a directory. Errors: as above.
Status swing_current_link(const std::string& link, const std::string& directory,
                          const SyncCalls& sync = system_sync_calls());

}  // namespace purser
