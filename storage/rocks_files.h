// The file system as RocksDB sees it: that of the machine, but for a fault of RocksDB 7.8.
//
// To take table files over, RocksDB writes their names to its MANIFEST. When the sync of the
// MANIFEST fails, it deletes the files, though their names may be in there; the database then
// cannot be opened any more. So as long as a TablesStay exists, no table file is deleted on its
// thread. What nobody names goes when the database is opened the next time.
#pragma once

#include <rocksdb/env.h>

namespace purser {

/// Lives for ever.
[[nodiscard]] rocksdb::Env& rocks_env();

/// One at a time on each thread.
class TablesStay {
 public:
  TablesStay();
  ~TablesStay();
  TablesStay(const TablesStay&) = delete;
  TablesStay& operator=(const TablesStay&) = delete;
};

}  // namespace purser
