#include "disk_rows.h"

#include <rocksdb/metadata.h>
#include <rocksdb/options.h>

#include <memory>
#include <string>

namespace purser::peers {
namespace {

std::uint64_t disk_bytes(RocksDatabase& database, std::uint32_t family, char tag) {
  const std::string from(1, tag);
  const std::string to(1, static_cast<char>(tag + 1));
  const rocksdb::Range range(from, to);
  rocksdb::SizeApproximationOptions options;
  options.include_files = true;
  options.files_size_error_margin = -1;  // no approximation where it can be avoided
  std::uint64_t bytes = 0;
  check(database->GetApproximateSizes(options, database.family(family), &range, 1, &bytes),
        "sizes");
  return bytes;
}

}  // namespace

std::vector<RowKind> row_kinds(RocksDatabase& database) {
  std::vector<RowKind> kinds;
  for (const std::uint32_t family : {kLogFamily, kStateFamily}) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> rows(
        database->NewIterator(options, database.family(family)));
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      const char tag = rows->key()[0];
      if (kinds.empty() || kinds.back().family != family || kinds.back().tag != tag) {
        kinds.push_back({family, tag});
        kinds.back().disk_bytes = disk_bytes(database, family, tag);
      }
      RowKind& kind = kinds.back();
      ++kind.rows;
      kind.key_bytes += rows->key().size();
      kind.value_bytes += rows->value().size();
    }
    check(rows->status(), "read rows");
  }
  return kinds;
}

std::uint64_t table_bytes(RocksDatabase& database) {
  std::vector<rocksdb::LiveFileMetaData> files;
  database->GetLiveFilesMetaData(&files);
  std::uint64_t bytes = 0;
  for (const rocksdb::LiveFileMetaData& file : files) bytes += file.size;
  return bytes;
}

}  // namespace purser::peers
