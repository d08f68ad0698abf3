#include "rocks_database.h"

#include <rocksdb/options.h>

#include "purser/options.h"
#include "rocks_options.h"
#include "scratch_ledger.h"

namespace purser::peers {

RocksDatabase::RocksDatabase(const std::string& path, bool keep_logs) {
  rocksdb::Options options = rocks_options(*rocksdb::Env::Default(), Options().block_cache_bytes);
  const rocksdb::DBOptions by_default;
  options.allow_concurrent_memtable_write = by_default.allow_concurrent_memtable_write;
  options.enable_write_thread_adaptive_yield = by_default.enable_write_thread_adaptive_yield;
  options.enable_pipelined_write = by_default.enable_pipelined_write;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.avoid_flush_during_recovery = keep_logs;
  const std::vector<rocksdb::ColumnFamilyDescriptor> families{
      {rocksdb::kDefaultColumnFamilyName, options}, {"state", options}};
  rocksdb::DB* db = nullptr;
  check(rocksdb::DB::Open(options, path, families, &families_, &db), "open " + path);
  db_.reset(db);
}

RocksDatabase::~RocksDatabase() {
  for (rocksdb::ColumnFamilyHandle* handle : families_) db_->DestroyColumnFamilyHandle(handle);
  (void)db_->Close();
}

void RocksDatabase::flush() { check(db_->Flush({}, families_), "flush"); }

void RocksDatabase::compact() {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (rocksdb::ColumnFamilyHandle* handle : families_) {
    check(db_->CompactRange(options, handle, nullptr, nullptr), "compact");
  }
}

void check(const rocksdb::Status& status, std::string_view what) {
  if (!status.ok()) bench::fail(what, status.ToString());
}

}  // namespace purser::peers
