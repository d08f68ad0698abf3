// Reads a directory tree of the user: regular files only, nothing through a symbolic link.
//
// The directory itself may be named through links; below it links, FIFOs, sockets, devices and
// other mounted file systems are refused by name. Empty directories are passed over.
// Threads: `read` may be called from several at once.
// Errors: NotFound (no such directory), InvalidPath{relative path, why} for what an artifact cannot
// hold, LimitExceeded (kArtifactFilesMax), Io for what the system refuses or a file that changed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "posix.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

struct TreeFile {
  std::string path;  ///< relative; valid for an artifact
  std::uint64_t size = 0;
  bool executable = false;       ///< the owner's x bit
  std::int64_t modified_ns = 0;  ///< since 1970, as the next one
  std::int64_t changed_ns = 0;   ///< of anything but its bytes as well, and set by nobody
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
};

class TreeReader {
 public:
  /// Lists everything below `directory`.
  static Result<TreeReader> open(const std::string& directory);

  /// Sorted by the bytes of their paths.
  [[nodiscard]] const std::vector<TreeFile>& files() const { return files_; }

  /// Hands the bytes of one of `files()` to `sink`, in blocks of up to 1 MiB. Io{"read", path,
  /// "changed while it was read"} unless size and modification time are as listed, before and
  /// after.
  Status read(const TreeFile& file, const ByteSink& sink) const;

  /// The same in one piece: the bytes of the file, in `room`, which has `file.size` bytes or more.
  Result<std::string_view> read_whole(const TreeFile& file, char* room) const;

 private:
  TreeReader(std::string directory, UniqueFd root)
      : directory_(std::move(directory)), root_(std::move(root)) {}
  Status walk(int parent, const std::string& prefix);
  Status visit(int parent, const std::string& name, const std::string& path);
  Status read_listed(const TreeFile& file, const std::function<Status(int fd)>& read_all) const;

  [[nodiscard]] std::string full_path(const TreeFile& file) const {
    return directory_ + "/" + file.path;
  }

  std::string directory_;
  UniqueFd root_;
  std::vector<TreeFile> files_;
};

}  // namespace purser
