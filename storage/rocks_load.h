// A BulkLoad into a RocksDB directory: sorted table files, written beside the database and taken
// over by it in one step of its MANIFEST.
//
// The files lie in a directory of their own inside that of the database, which goes with the load;
// what a process that died has left in it goes when the next load begins or the store is opened.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "bulk_load.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace purser {

class RocksLoad final : public BulkLoad {
 public:
  /// Errors: Io.
  static Result<std::unique_ptr<BulkLoad>> begin(rocksdb::DB& db,
                                                 rocksdb::ColumnFamilyHandle& into);
  /// Removes what an interrupted load left in the database at `path`. Errors: Io.
  static Status clean(const std::string& path);

  ~RocksLoad() override;
  Result<std::unique_ptr<RowSink>> sink() override;
  Result<UniqueFd> scratch_file() override;
  Status finish() override;

 private:
  class Sink;
  RocksLoad(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& into);
  std::string new_file();

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& into_;
  const std::string path_;
  const std::string directory_;
  std::mutex mutex_;  // guards all below
  std::uint64_t files_made_ = 0;
  std::vector<std::string> finished_;
};

}  // namespace purser
