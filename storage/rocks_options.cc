#include "rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace purser {
namespace {

constexpr std::uint64_t kWalBytesMax = 64u << 20;

// A search through a larger one misses the caches of the processor, which is what
// batches of promotions then wait for. A smaller one is written out and merged more often.
constexpr std::size_t kMemtableBytes = 16u << 20;

class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// A write that failed has an unknown outcome; resuming by itself could make it happen later.
class NoRecovery final : public rocksdb::EventListener {
 public:
  explicit NoRecovery(Logger logger) : logger_(std::move(logger)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    if (logger_) logger_(LogLevel::error, "the database writes no more: " + error->ToString());
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  const Logger logger_;
};

// Rows that differ in the generation alone are put in ascending order, so that a search in the
// memtable may begin where the last one among them ended: those of a pointer, and of a deployment
// where it was active again and again. Keys: docs/storage-format.md.
class RowsOfAllGenerations final : public rocksdb::SliceTransform {
 public:
  [[nodiscard]] const char* Name() const override { return "purser.RowsOfAllGenerations"; }
  [[nodiscard]] rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), key.size() - sizeof(std::uint64_t)};
  }
  [[nodiscard]] bool InDomain(const rocksdb::Slice& key) const override {
    const bool has_generation = key.starts_with("P") || key.starts_with("A");
    return has_generation && key.size() > sizeof(std::uint64_t);
  }
};

// Rows of the Merkle tree are looked for 16 or 256 at a time, and those of one place are in one or
// two tables of many. A table says of which it has any, by what is the same in 256 of their keys.
class RowsOfTiles final : public rocksdb::SliceTransform {
 public:
  [[nodiscard]] const char* Name() const override { return "purser.RowsOfTiles"; }
  [[nodiscard]] rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), kKeyBytes - 1};
  }
  [[nodiscard]] bool InDomain(const rocksdb::Slice& key) const override {
    return key.starts_with("M") && key.size() >= kKeyBytes;
  }

 private:
  static constexpr std::size_t kKeyBytes = 1 + 4 + 1 + 8;  // tag, build, level, number
};
constexpr double kFilterBitsPerTile = 10;

}  // namespace

rocksdb::Options rocks_options(rocksdb::Env& env, std::size_t block_cache_bytes,
                               const Logger& logger) {
  rocksdb::Options options;
  options.env = &env;
  options.create_if_missing = false;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.paranoid_checks = true;
  options.recycle_log_file_num = 0;
  options.manual_wal_flush = false;
  options.max_total_wal_size = kWalBytesMax;
  options.write_dbid_to_manifest = true;
  options.track_and_verify_wals_in_manifest = false;
  options.avoid_flush_during_recovery = false;
  options.max_bgerror_resume_count = 0;
  options.max_open_files = -1;
  options.max_file_opening_threads = 1;  // starting more takes longer than opening most ledgers
  options.write_buffer_size = kMemtableBytes;
  options.level0_file_num_compaction_trigger = 8;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = std::make_shared<SilentLogger>();
  options.listeners.push_back(std::make_shared<NoRecovery>(logger));
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<RowsOfAllGenerations>();
  options.prefix_extractor = std::make_shared<RowsOfTiles>();
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerTile));
  table.whole_key_filtering = false;
  table.block_cache = rocksdb::NewLRUCache(block_cache_bytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Error rocks_error(const rocksdb::Status& status, const std::string& path) {
  if (status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound() ||
      status.IsInvalidArgument()) {
    return Corruption{"database '" + path + "'", status.ToString()};
  }
  return Io{"use database", path, status.ToString()};
}

}  // namespace purser
