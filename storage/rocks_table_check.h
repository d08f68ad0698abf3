// The properties of a table file of RocksDB, checked before RocksDB looks at them.
//
// RocksDB compares the checksum of every block before it takes it apart, but for this one, where it
// does so behind: of a block whose last bytes are damaged its assertions then end the process.
//
// Format: a table ends with 53 bytes: type of checksum `u8` (4: XXH3-64), the places of two blocks
// (each offset and size as varints, the first that of the metaindex), zeros up to byte 41, a
// version `u32`, and a magic `u64`. The metaindex has the place of the properties behind their
// name. A block is followed by a type `u8` and a checksum `u32`: the lower half of XXH3-64 of the
// block, with the type times 0x6b9083d9 taken exclusively. Free functions, safe from any thread.
#pragma once

#include <rocksdb/io_status.h>

#include <string>

namespace purser {

/// Corruption where the block is damaged. Whatever RocksDB notices by itself is left to it.
[[nodiscard]] rocksdb::IOStatus check_table_properties(const std::string& path);

}  // namespace purser
