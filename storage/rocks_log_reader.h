// A write-ahead log of RocksDB as a process reads it beside the one that writes it: it ends with
// its last whole record, whatever lies behind that, and goes on there at the next read.
//
// Behind the last record of a log there may be zeros (rocks_log_writer.h), where RocksDB would take
// a block for used up and pass over what is later written into it. What is being written may be
// seen in part, in any order of its pages; and so may what was being written when the power went.
// Both look like the end of a file that grows.
//
// Damage is told from such an end by what follows. Every write is one record, on stable storage
// before the next one begins. So where a record begins behind one that is not whole, the latter was
// whole once: Read fails with Corruption.
//
// Format: rocks_log_record.h. Threads: one at a time.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "unique_fd.h"

namespace purser {

class RocksLogReader final : public rocksdb::FSSequentialFile {
 public:
  static rocksdb::IOStatus open(const std::string& path,
                                std::unique_ptr<rocksdb::FSSequentialFile>& opened);

  /// The damage that a Read of this thread has met since it was last asked for; OK: none. Who opens
  /// a database has to ask: RocksDB then opens it as if the log ended there.
  static rocksdb::IOStatus take_damage();

  rocksdb::IOStatus Read(std::size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* room,
                         rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Skip(std::uint64_t size) override;

 private:
  RocksLogReader(std::string path, UniqueFd fd);
  rocksdb::IOStatus read_at(std::uint64_t offset, std::size_t size, char* room,
                            std::string_view& got) const;
  rocksdb::IOStatus look_behind(std::uint64_t spot, bool& begins) const;

  const std::string path_;
  UniqueFd fd_;
  std::uint64_t offset_ = 0;  // where a record begins, or a block
};

}  // namespace purser
