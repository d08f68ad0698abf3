// Reading the files of a database of RocksDB beside a process that writes it.
#pragma once

#include <string>

#include "purser/status.h"
#include "rocks_manifest.h"
#include "try.h"

namespace purser {

/// RocksDB reads the MANIFEST and then the write-ahead logs; where the writer turns a log into a
/// table in between, a reader finds neither and has a hole. So a read counts only if the database
/// deleted nothing during it, and is repeated otherwise. Errors: those of `read`, Corruption, Io.
template <class T, class Read>
Result<T> while_unchanged(const std::string& database, const Read& read) {
  constexpr int kReadTriesMax = 1000;
  for (int tries = 0; tries < kReadTriesMax; ++tries) {
    PURSER_ASSIGN(const VersionMark before, read_version_mark(database));
    Result<T> result = read();
    PURSER_ASSIGN(const VersionMark after, read_version_mark(database));
    if (before != after) continue;
    if (after.manifest_bytes >= 0) return result;
    return Corruption{"database '" + database + "'", "the file " + after.manifest + " is missing"};
  }
  return Io{"read", database, "the writing process kept changing it"};
}

}  // namespace purser
