// The files of an artifact, as callers name, list and move them.
//
// A path is relative, its segments joined by `/`; docs/artifact-format.md gives the rules. Bytes
// are opaque: Purser never looks into them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

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

/// What a store took in.
struct StoreReport {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;      ///< of all files
  std::uint64_t new_bytes = 0;  ///< of the chunks that this ledger did not hold yet
};

/// What a materialize wrote.
struct MaterializeReport {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
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
/// be empty.
using ProgressCallback = std::function<bool(const Progress&)>;

}  // namespace purser
