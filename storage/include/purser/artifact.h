// The files of an artifact, as callers name, list and move them.
//
// A path is relative, its segments joined by `/`; docs/artifact-format.md gives the rules. Bytes
// are opaque: Purser never looks into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "purser/export.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

/// One file of an artifact.
struct FileEntry {
  std::string path;
  bool executable = false;  ///< mode 0755 if set, 0644 otherwise
  std::uint64_t size = 0;   ///< bytes
  Digest digest;            ///< SHA-256 of the whole file
  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

/// Puts the next bytes of something into `buffer`, 1 to `size` of them, and says how many; 0: there
/// are no more. An error ends the stream.
using ByteSource = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;
/// Takes the next bytes of something; they live until it returns. An error ends the stream.
using ByteSink = std::function<Status(std::string_view)>;

/// From and to a file descriptor, at its own offset. It stays the caller's and must outlive what is
/// returned. `name` is what an Io names.
[[nodiscard]] PURSER_EXPORT ByteSource from_descriptor(int fd, std::string name = "input");
[[nodiscard]] PURSER_EXPORT ByteSink to_descriptor(int fd, std::string name = "output");

/// What a store took in.
struct StoreReport {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;          ///< of all files
  std::uint64_t new_bytes = 0;      ///< of the chunks that this ledger did not hold yet
  std::uint64_t trusted_files = 0;  ///< taken as they were before, without being read
};

/// What a materialize wrote.
struct MaterializeReport {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t shared_files = 0;  ///< of these, linked or cloned instead of written
};

/// How far a long call has come. `files_total` and `bytes_total` are 0 while not known.
struct Progress {
  std::uint64_t files = 0;
  std::uint64_t files_total = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;
};

/// Called now and then, by one thread at a time, which need not be the caller's; false asks to
/// stop, and the call ends in `Cancelled` having changed nothing. Not called again after that. May
/// be empty. It neither calls nor waits for a command: where commands wait for the call, both would
/// stand still.
using ProgressCallback = std::function<bool(const Progress&)>;

}  // namespace purser
