// The file system as RocksDB sees it: that of the machine, but for write-ahead logs, and for two
// faults of RocksDB 7.8.
//
// Who has a database open for writing has zeros written ahead in its logs (rocks_log_writer.h); who
// only reads takes the last whole record for their end (rocks_log_reader.h).
//
// To take table files over, RocksDB writes their names to its MANIFEST. When the sync of the
// MANIFEST fails, it deletes the files, though their names may be in there; the database then
// cannot be opened any more. So as long as a TablesStay exists, no table file is deleted on its
// thread. What nobody names goes when the database is opened the next time. And damaged properties
// of a table end the process: rocks_table_check.h.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/io_status.h>

#include <string>

namespace purser {

/// Each lives for ever.
[[nodiscard]] rocksdb::Env& rocks_env_to_write();
[[nodiscard]] rocksdb::Env& rocks_env_to_read();

/// `errno` as RocksDB's own files would say it.
[[nodiscard]] rocksdb::IOStatus rocks_io_status(const std::string& operation,
                                                const std::string& path);

/// One at a time on each thread.
class TablesStay {
 public:
  TablesStay();
  ~TablesStay();
  TablesStay(const TablesStay&) = delete;
  TablesStay& operator=(const TablesStay&) = delete;
};

}  // namespace purser
