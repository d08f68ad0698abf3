// Writes a directory tree that appears complete or not at all.
//
// Files go to a private temporary directory (0700, `.purser-<16 hex digits>`) beside the target,
// which `commit` renames to it. The target must be absent or an empty directory, and its parent
// must exist; nothing else is ever replaced. Nothing is written through a symbolic link, whoever
// puts one there meanwhile. Modes are exactly 0644 or 0755 for files and 0755 for directories.
// Destroyed without a commit, or after a failed one, it removes what it made. All but `begin` and
// `commit` may be called from several threads at once.
// Durability: after `commit` returned ok everything, the rename included, is on stable storage. A
// crash before leaves at most the temporary directory. When only the sync after the rename failed,
// the tree stands complete at the target, but a power cut may take it back.
// Errors: AlreadyExists{target}, NotFound (no parent), InvalidArgument (a target without a name of
// its own, such as `..`), InvalidPath, Io.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "place.h"
#include "posix.h"
#include "purser/artifact.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

/// Hands the bytes of one file to the sink it is given.
using ByteProducer = std::function<Status(const ByteSink& sink)>;

/// The mode that a file has where it is written out.
[[nodiscard]] constexpr unsigned file_mode(bool executable) { return executable ? 0755 : 0644; }

class TreeWriter {
 public:
  static Result<TreeWriter> begin(const std::string& target,
                                  const SyncCalls& sync = system_sync_calls());
  TreeWriter(TreeWriter&&) noexcept = default;
  TreeWriter& operator=(TreeWriter&&) = delete;
  ~TreeWriter();

  /// Writes one file. After an error only to be destroyed.
  Status add(std::string_view path, bool executable, const ByteProducer& produce);

  /// The same in two steps: a file without bytes, and its bytes. A directory takes one new name at
  /// a time, and threads that wait for it are busy waiting; so of several only one should create.
  /// After an error only to be destroyed.
  Result<UniqueFd> create(std::string_view path, bool executable);
  Status fill(std::string_view path, UniqueFd file, const ByteProducer& produce);

  /// Gives the file `fd`, which was opened elsewhere, a second name here. False where the system
  /// does not do that, such as on another file system or beyond its number of links; nothing is
  /// here then. After an error only to be destroyed.
  Result<bool> link(std::string_view path, int fd);

  /// Makes `file` of the blocks of `fd` and looks whether it has the right bytes. False, and
  /// nothing is here, if not, or where the file system shares no blocks. After an error only to be
  /// destroyed.
  Result<bool> clone(const FileEntry& file, int fd);

  /// Once, at the end.
  Status commit();

 private:
  TreeWriter(std::string target, Place place, const SyncCalls& sync)
      : target_(std::move(target)), place_(std::move(place)), sync_(sync) {}
  // What several threads add to at once.
  struct Added {
    std::mutex mutex;
    std::set<std::string, std::less<>> directories;  // made below root_, parents before children
    std::vector<std::string> first_files;            // kSingleSyncsMax of them, and one more
    bool failed = false;
  };

  // Where something goes: an open directory, which `holder` may own, and a name in it.
  struct Parent {
    UniqueFd holder;
    int directory = -1;
    std::string name;
  };
  // Keeps account of a file that was added in whatever way.
  template <class R>
  R noted(std::string_view path, R result);
  Status write_bytes(std::string_view path, UniqueFd file, const ByteProducer& produce) const;
  Result<bool> link_file(const std::string& path, int fd);
  Result<bool> clone_file(const FileEntry& file, int fd);
  Result<UniqueFd> create_file(const std::string& path, bool executable, int access);
  Status make_parents(std::string_view path);
  [[nodiscard]] Result<Parent> parent_of(const std::string& path) const;
  Status sync_files() const;
  Status finish_directories();
  [[nodiscard]] bool syncs_singly() const { return added_->first_files.size() <= kSingleSyncsMax; }

  std::string target_;  // as the caller gave it
  Place place_;         // where it goes
  SyncCalls sync_;
  std::string temporary_;  // name beside the target; empty: nothing to remove
  UniqueFd root_;          // the temporary directory
  std::unique_ptr<Added> added_ = std::make_unique<Added>();
};

}  // namespace purser
