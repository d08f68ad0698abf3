// Where the bytes of a ledger's database go, by kind of row.
#pragma once

#include <cstdint>
#include <vector>

#include "rocks_database.h"

namespace purser::peers {

struct RowKind {
  std::uint32_t family = 0;
  char tag = 0;  ///< the first byte of the key
  std::uint64_t rows = 0;
  std::uint64_t key_bytes = 0;
  std::uint64_t value_bytes = 0;
  std::uint64_t disk_bytes = 0;  ///< in the tables, compressed
};

/// Of a database that has been compacted.
std::vector<RowKind> row_kinds(RocksDatabase& database);

/// Of all tables, with their indexes and all else that is in them.
std::uint64_t table_bytes(RocksDatabase& database);

}  // namespace purser::peers
