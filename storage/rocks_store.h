// A Store in a RocksDB directory. RocksDB is included by the files rocks_*.cc and no others.
//
// Assumptions about RocksDB are those of docs/adr/0003: the write-ahead log is always on, every
// write is synced, no failed write is ever resumed. It writes no info log of its own, since that
// would end the process on a full disk.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "purser/log.h"
#include "store.h"

namespace purser {

class RocksStore final : public Store {
 public:
  enum class Mode { read_write, read_only };

  /// Makes an empty database in `path`, which must not hold one, and closes it.
  static Status create(const std::string& path);

  /// Opens what `create` made; never makes one. `read_only` works beside a writing process and
  /// changes nothing. Errors: Corruption, Io.
  static Result<std::unique_ptr<RocksStore>> open(const std::string& path, Mode mode,
                                                  std::size_t block_cache_bytes,
                                                  const Logger& logger = {});

  ~RocksStore() override;
  [[nodiscard]] std::unique_ptr<RowReader> snapshot() const override;
  Status write(const WriteSet& changes) override;
  [[nodiscard]] std::chrono::nanoseconds last_sync() const override;
  [[nodiscard]] Figures figures() const override;
  Result<std::unique_ptr<BulkLoad>> begin_load(Space space) override;
  Status drop(Space space, const KeyRange& range) override;
  Status compact() override;
  Status catch_up() override;
  Status close() override;

  /// How many rows were written to `space`: those that can be read, and whatever else its tables
  /// and logs still hold of rows that were replaced or erased. Reads no rows.
  Result<std::uint64_t> rows_written(Space space) const;

 private:
  class Reader;
  struct Impl;
  explicit RocksStore(std::unique_ptr<Impl> impl);
  static Result<std::unique_ptr<RocksStore>> open_once(const std::string& path, Mode mode,
                                                       std::size_t block_cache_bytes,
                                                       const Logger& logger, bool follows);
  std::unique_ptr<Impl> impl_;
};

}  // namespace purser
