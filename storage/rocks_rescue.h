// Rows out of the files of a database that RocksDB may be unable to open: from every table and
// every write-ahead log that lies in its directory, whatever MANIFEST and CURRENT say or whether
// they are there.
//
// Checksums are compared: what is damaged gives no rows. A damaged block of a table costs the rows
// in it, a damaged table of contents the table; a damaged spot in a log costs the rest of its block
// of 32 KiB. Rows that were erased or replaced since may come as well, in any order of their age,
// so this is for rows that are written once, or that prove themselves. Nothing is changed. Free
// functions, one thread at a time for one database.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/status.h"

namespace purser {

/// Rows whose keys begin with `tag`, found in any column family.
struct RescueKind {
  char tag = 0;
  /// Whether the eight bytes behind the tag count up by one from key to key, as positions do, or
  /// are spread evenly, as those of digests: how to look for the next block behind a damaged one.
  bool counts_up = false;
};

struct DamagedFile {
  std::string name;  ///< in the directory of the database
  std::string what;
};

struct RescuedFiles {
  std::uint64_t tables = 0;
  std::uint64_t logs = 0;
  std::vector<DamagedFile> damaged;
};

/// Gets a row; the views live until it returns. An error ends the rescue with that error.
using RescueVisitor = std::function<Status(std::string_view key, std::string_view value)>;

/// Tables come first, logs behind them, each in the order of their numbers. A file that is no
/// regular one counts as damaged. Errors: Corruption (there is no such directory), Io.
Result<RescuedFiles> rescue_rows(const std::string& database, const std::vector<RescueKind>& kinds,
                                 const RescueVisitor& visit);

/// The greatest key that begins with `tag` in any table that can be read; empty if there is none.
/// Errors: as above.
Result<std::string> greatest_key_in_tables(const std::string& database, char tag);

}  // namespace purser
