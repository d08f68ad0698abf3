// What a database of RocksDB was when it was closed: which MANIFEST it goes by, and a checksum over
// the MANIFEST and the write-ahead logs, byte for byte.
//
// RocksDB takes a MANIFEST or a log whose end is missing for one whose end was never written. What
// nobody has opened for writing since must still be what it was; opening it for writing begins
// another MANIFEST, and until its next clean close nothing is known (docs/adr/0028).
// Free functions, safe from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "purser/status.h"

namespace purser {

struct ClosingSum {
  std::uint64_t manifest = 0;   ///< number of the MANIFEST
  std::uint64_t first_log = 0;  ///< least number of a write-ahead log; 0: there is none
  std::uint64_t last_log = 0;   ///< greatest one
  /// XXH3-64: docs/storage-format.md, "anchor".
  std::uint64_t checksum = 0;
  friend bool operator==(const ClosingSum&, const ClosingSum&) = default;
};

/// Of a database that nobody has open for writing. Memory: a small buffer. Errors: Corruption, Io.
Result<ClosingSum> sum_closed_database(const std::string& database);

/// Whether the database is as it was when `sum` was made, or has been opened for writing since; one
/// that is being opened beside is that, too. Errors: Corruption, Io.
Status check_closing_sum(const std::string& database, const ClosingSum& sum);

}  // namespace purser
