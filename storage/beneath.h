// Opening and removing below a directory that others may tamper with: never through a symbolic
// link, never out of the directory, never onto another file system.
//
// `root` is an open directory. Paths are relative without `.`, `..` or empty segments, else EINVAL.
// Calls that return an UniqueFd return none on failure and leave the reason in `errno`. Every
// descriptor is opened with O_NOFOLLOW and O_CLOEXEC besides `flags`. Safe from any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

/// By openat2 (RESOLVE_BENEATH, NO_SYMLINKS, NO_MAGICLINKS, NO_XDEV) where the kernel has it and
/// lets us, else by component. `mode` counts with O_CREAT only.
[[nodiscard]] UniqueFd open_beneath(int root, const std::string& path, int flags, mode_t mode = 0);

/// The way without openat2: one openat with O_NOFOLLOW for each segment. Tells file systems apart
/// by device number, so it does not notice a bind mount of the same one.
[[nodiscard]] UniqueFd open_beneath_by_component(int root, const std::string& path, int flags,
                                                 mode_t mode = 0);

/// Why a file that the ledger made does not open, from the `errno` of the call: Corruption where it
/// is missing or something else stands in its place, Io for trouble of this process.
[[nodiscard]] Error own_file_error(const std::string& where, int error);

/// The names in an open directory, `.` and `..` left out, in no order. `path` is what an Io names.
Result<std::vector<std::string>> list_names(int directory, std::string_view path);

/// Removes the file, link or directory `name` (one segment) in `root` with all that is in it. What
/// links point at stays. Ok if there is none. Errors: Io, the rest then stays.
Status remove_beneath(int root, const std::string& name);

}  // namespace purser
