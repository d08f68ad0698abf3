// Thin wrappers of system calls, whose failures become `Io` values.
//
// `path` is only ever what the error names. Interrupted calls are repeated. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "purser/artifact.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

/// Io{operation, path, the system's words for `error`}.
[[nodiscard]] Error io_error(std::string_view operation, std::string_view path, int error);
/// The same for `errno`, as the failed call has left it.
[[nodiscard]] Error io_error(std::string_view operation, std::string_view path);

/// Writes all of `bytes` at the file's offset.
Status write_all(int fd, std::string_view bytes, std::string_view path);

/// Reads up to `size` bytes; fewer only at the end of the file.
Result<std::size_t> read_up_to(int fd, char* buffer, std::size_t size, std::string_view path);

/// The same from `offset` on, whatever the file's own offset; from any thread.
Result<std::size_t> read_up_to_at(int fd, char* buffer, std::size_t size, std::uint64_t offset,
                                  std::string_view path);

/// How bytes reach stable storage, and how files go for good. Each returns 0, or -1 and errno;
/// tests put failures here.
struct SyncCalls {
  std::function<int(int fd)> file;         ///< fsync: one file or directory
  std::function<int(int fd)> file_system;  ///< syncfs: the whole file system that holds `fd`
  /// unlinkat: a file of an open directory
  std::function<int(int directory, const char* name)> unlink{};
};
[[nodiscard]] const SyncCalls& system_sync_calls();

/// Up to this many files are synced one by one; for more, syncing the whole file system is cheaper
/// (300 us per fsync against 37 us per file of a syncfs, measured).
inline constexpr std::size_t kSingleSyncsMax = 8;

}  // namespace purser
