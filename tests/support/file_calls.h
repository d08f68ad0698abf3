// Calls that change files, before the C library gets them; for a program that links file_calls.cc.
//
// Whoever makes the call, our own code or RocksDB, on any thread, a handler sees it first, and
// decides whether and how it is made. What the handler itself calls is not seen. Under a sanitizer
// RocksDB's calls are not: it has functions of its own in that place.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace purser {

struct FileCall {
  enum class Kind : std::uint8_t {
    create,  ///< an open that may create the file, or empty it
    write,
    sync,
    sync_all,  ///< of the whole file system
    truncate,
    allocate,
    rename,
    link,
    unlink,
    make_folder,
    remove_folder,
    close,
  };
  Kind kind;
  int fd = -1;                ///< of the open file, where the call names none
  std::string path{};         ///< of what is named, absolute
  std::string to{};           ///< rename, link: the new name, absolute
  int flags = 0;              ///< create, rename: of the call; allocate: the mode
  std::string_view bytes{};   ///< write: a handler that shortens them has fewer written
  std::optional<off_t> at{};  ///< write, unless at the file's own offset; allocate
  off_t length = 0;           ///< truncate, allocate
};

[[nodiscard]] std::string_view to_string(FileCall::Kind kind);

class FileCallHandler {
 public:
  FileCallHandler() = default;
  FileCallHandler(const FileCallHandler&) = delete;
  FileCallHandler& operator=(const FileCallHandler&) = delete;
  virtual ~FileCallHandler() = default;

  using Go = std::function<long()>;
  /// Returns what the call is to return, and sets errno as it does; `go` makes it.
  virtual long handle(FileCall& call, const Go& go) = 0;
};

/// From now on `handler` sees the calls of this process; null: nobody. Nobody may be inside one.
void handle_file_calls(FileCallHandler* handler);

}  // namespace purser
