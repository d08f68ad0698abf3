// A RocksDB database without Purser around it: an empty one, or one of Purser's that is looked into
// when no ledger has it open. It has the column families and the options of Purser's own, but for
// how threads write at once and how its logs are written: that is as RocksDB has it by default.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace purser::peers {

/// Of every WriteBatch, like Purser's.
inline constexpr std::size_t kProtectionBytesPerKey = 8;

/// Ids of the column families.
inline constexpr std::uint32_t kLogFamily = 0;
inline constexpr std::uint32_t kStateFamily = 1;

class RocksDatabase {
 public:
  /// Opens the one in `path`, or makes one. `keep_logs` leaves write-ahead logs as they are found,
  /// so that they can be read.
  explicit RocksDatabase(const std::string& path, bool keep_logs = false);
  ~RocksDatabase();
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;

  rocksdb::DB* operator->() { return db_.get(); }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(std::uint32_t id) const {
    return families_[id];
  }
  /// Empties the memtables into tables.
  void flush();
  /// Leaves of every key its last value, in tables of the last level.
  void compact();

 private:
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // go before the database: it asserts that
  std::unique_ptr<rocksdb::DB> db_;
};

/// Ends the program when `status` is not ok.
void check(const rocksdb::Status& status, std::string_view what);

}  // namespace purser::peers
