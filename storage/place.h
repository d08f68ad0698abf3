// A name in a directory: where something new is going to stand.
#pragma once

#include <string>

#include "posix.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

struct Place {
  std::string parent;  ///< path of the directory
  std::string name;    ///< one segment
  UniqueFd directory;  ///< the parent, open
};

/// Opens the directory that `path` goes to. Slashes at the end do not count. Errors: NotFound (no
/// parent), InvalidArgument (a path without a name of its own, such as `..`), Io.
Result<Place> open_place(std::string path);

/// A name that nobody else uses: `.purser-` and 16 random hexadecimal digits.
Result<std::string> temporary_name();

}  // namespace purser
