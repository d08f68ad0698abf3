// A directory tree that has files which a new one wants: an older version, written before.
//
// Nothing about it is taken on trust. A file is offered only if it is a regular file of this
// process's user with exactly the mode and the size that are wanted, so nobody else may write it;
// its bytes are hashed by whoever takes it. Nothing is opened through a symbolic link.
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "purser/artifact.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

class TreeDonor {
 public:
  /// Errors: NotFound, Io.
  static Result<TreeDonor> open(const std::string& directory);

  /// A file at the same path that may be `file`, open for reading; none where there is none.
  [[nodiscard]] UniqueFd find(const FileEntry& file) const;

 private:
  explicit TreeDonor(UniqueFd root) : root_(std::move(root)) {}
  UniqueFd root_;
};

/// Whether the open file has exactly the bytes of `file`, by size and SHA-256. `path` is what an Io
/// names.
Result<bool> has_bytes_of(int fd, const FileEntry& file, std::string_view path);

}  // namespace purser
