// How RocksDB is asked to work, and its errors as ours. For the files rocks_*.cc and no others.
//
// What each safety option is for is told in docs/adr/0003.
#pragma once

#include <rocksdb/options.h>

#include <cstddef>
#include <string>
#include <vector>

#include "purser/error.h"
#include "purser/log.h"

namespace purser {

/// Of both column families. The block cache is theirs alone; `env` is one of rocks_files.h.
/// `logger` is told of what fails in the background.
[[nodiscard]] rocksdb::Options rocks_options(rocksdb::Env& env, std::size_t block_cache_bytes,
                                             const Logger& logger = {});

/// `path` is the database's.
[[nodiscard]] Error rocks_error(const rocksdb::Status& status, const std::string& path);

}  // namespace purser
