// A folder outside the ledger to which files are added for good: each appears whole, or not at all.
//
// What `add` was given appears with the next `commit`, and is durable when that returns. A file is
// written as `NAME.new` first; what a crash leaves of these is written over by whoever adds the
// same file. Folders are 0700 and files 0600. Nothing is written through a symbolic link below the
// folder. Whoever has it open holds a lock (flock) on it; another waits. One thread at a time.
// Errors: NotFound (no parent), InvalidArgument, Io.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "posix.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

class GrowingFolder {
 public:
  /// Makes the folder where there is none, in a parent that there is.
  static Result<GrowingFolder> open(const std::string& path,
                                    const SyncCalls& sync = system_sync_calls());

  /// Whether there is such a file, or will be with `commit`. Names are relative, of segments that
  /// are not empty, `.` or `..`. Something that is no file is an error.
  Result<bool> has(const std::string& name) const;
  /// Up to `bytes_max` bytes; nothing where there is no such file.
  Result<std::optional<std::string>> read(const std::string& name, std::size_t bytes_max) const;

  /// In the place of the file of that name, if there is one.
  Status add(const std::string& name, std::string_view bytes);
  Status commit();
  /// How many files wait for `commit`.
  [[nodiscard]] std::size_t added() const { return added_.size(); }

 private:
  GrowingFolder(std::string path, UniqueFd root, const SyncCalls& sync)
      : path_(std::move(path)), root_(std::move(root)), sync_(sync) {}
  Result<UniqueFd> folder_of(const std::string& name);
  Status sync_each(const std::vector<std::string>& names, int flags) const;
  Status sync_all(const std::vector<std::string>& names, int flags) const;
  [[nodiscard]] std::string shown(const std::string& name) const { return path_ + "/" + name; }

  std::string path_;
  UniqueFd root_;
  SyncCalls sync_;
  std::set<std::string> added_;
  std::set<std::string> changed_;  // folders with new names in them; "." is this one
};

}  // namespace purser
