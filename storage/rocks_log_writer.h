// A write-ahead log of RocksDB as it is written: zeros are written ahead of the records, which then
// overwrite them.
//
// A sync of a file that grows has its new length and new blocks to make durable too, and waits for
// the file system's journal. Where the blocks are there and hold bytes, it writes the records and
// nothing else, and takes two thirds of the time (docs/adr/0014). A log that is still short grows
// by what is written, so that a short session pays for nothing; a longer one has up to twice its
// length written ahead, and a long one a fixed number of bytes. Closing cuts the zeros off. What a
// crash leaves ends in them: docs/storage-format.md, "Write-ahead logs".
//
// Zeros are no promise: where they cannot be written, the log grows as if they were not asked for.
// Threads: one at a time, but for `Sync`, as RocksDB wants it.
#pragma once

#include <rocksdb/file_system.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "unique_fd.h"

namespace purser {

class RocksLogWriter final : public rocksdb::FSWritableFile {
 public:
  /// Makes the file `path`, in place of one that is there.
  static rocksdb::IOStatus make(const std::string& path,
                                std::unique_ptr<rocksdb::FSWritableFile>& made);
  ~RocksLogWriter() override;

  /// How long the last `Sync` by this thread took.
  static std::chrono::nanoseconds last_sync();

  using FSWritableFile::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& checksum,
                           rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Flush(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override;
  [[nodiscard]] bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* debug) override;

 private:
  RocksLogWriter(std::string path, UniqueFd fd);
  void write_ahead();
  bool cut_off_zeros();

  const std::string path_;
  const pid_t pid_;  // a forked child leaves the file as it is
  UniqueFd fd_;
  std::uint64_t size_ = 0;   // of what was appended
  std::uint64_t ahead_ = 0;  // up to where there are zeros, if that is further
};

}  // namespace purser
