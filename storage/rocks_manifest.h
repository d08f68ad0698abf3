// Which MANIFEST a database of RocksDB goes by, and how much of it is whole.
//
// A power cut may leave the end of a MANIFEST unfinished in a way that RocksDB refuses to open,
// although nothing that was acknowledged is told by that end: what a MANIFEST says is on stable
// storage before any file goes that it has replaced. Without that end the database opens as it was
// (docs/adr/0025). Free functions, safe from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "purser/status.h"

namespace purser {

/// The name of the file that CURRENT names. Errors: Corruption, Io.
Result<std::string> current_manifest(const std::string& database);

/// What changes before a database deletes a file that a reader may still be looking for: which
/// MANIFEST is in use, and how long it has become.
struct VersionMark {
  std::string manifest;
  std::int64_t manifest_bytes = -1;  ///< there is none
  friend bool operator==(const VersionMark&, const VersionMark&) = default;
};

/// Errors: Corruption, Io.
Result<VersionMark> read_version_mark(const std::string& database);

struct ManifestEnd {
  std::string name;
  std::uint64_t file_bytes = 0;
  std::uint64_t whole_bytes = 0;  ///< up to the last record before which all is whole
  [[nodiscard]] bool is_torn() const { return whole_bytes < file_bytes; }
};

/// Errors: Corruption, Io.
Result<ManifestEnd> find_manifest_end(const std::string& database);

/// Corruption where a record that is not whole has a type of logs that are used again: RocksDB's
/// reader for a second process goes round there for ever. A power cut may leave that of a record
/// that was not synced, and so may damage. Whatever RocksDB notices by itself is left to it.
Status check_manifest_types(const std::string& path);

}  // namespace purser
