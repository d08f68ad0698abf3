// `DIR/LOCK`: one process writes a ledger, and says how far its log is durable.
//
// The kernel's lock on the open file is what counts; it ends with the process. The bytes tell
// others the writer's pid and, in a mapped word that is never synced, the last durable position.
// Two ranges are locked: the first from the beginning, the second once the position is valid. So a
// reader never believes a position that a dead writer left. Layout: docs/storage-format.md.
// Threads: `publish` by one at a time; `check` and `probe` from any.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

class WriterLock {
 public:
  /// Errors: Busy{pid}, also when this process holds it already; UnsupportedVersion, Io.
  static Result<WriterLock> acquire(const std::string& directory);

  WriterLock(WriterLock&& other) noexcept;
  WriterLock& operator=(WriterLock&&) = delete;
  ~WriterLock();

  /// From now on readers show events up to `durable` and no further.
  Status publish(Position durable);

  /// Whether this process still is the one writer: ReadOnly{forked} in a child process, Io when the
  /// file was removed or replaced.
  Status check() const;

  struct Holder {
    std::int64_t pid = 0;
    std::optional<Position> durable;  ///< nothing while the writer is opening
  };
  /// Who holds the lock in `directory`, without touching it; nothing: nobody does.
  /// Errors: UnsupportedVersion, Io.
  static Result<std::optional<Holder>> probe(const std::string& directory);

 private:
  WriterLock() = default;
  std::string path_;
  UniqueFd fd_;
  void* mapping_ = nullptr;
  dev_t device_ = 0;  // of fd_, and its inode
  ino_t inode_ = 0;
  pid_t pid_ = 0;
  bool published_ = false;
};

}  // namespace purser
