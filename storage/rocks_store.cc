#include "rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>
#include <vector>

#include "check.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

constexpr char kStateFamily[] = "state";
constexpr std::uint64_t kWalBytesMax = 64u << 20;
constexpr std::size_t kProtectionBytesPerKey = 8;
constexpr int kReadTriesMax = 1000;

class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// A write that failed has an unknown outcome; resuming by itself could make it happen later.
class NoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

rocksdb::Options database_options() {
  rocksdb::Options options;
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
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = std::make_shared<SilentLogger>();
  options.listeners.push_back(std::make_shared<NoRecovery>());
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> families(const rocksdb::Options& options) {
  return {{rocksdb::kDefaultColumnFamilyName, options}, {kStateFamily, options}};
}

Error to_error(const rocksdb::Status& status, const std::string& path) {
  if (status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound() ||
      status.IsInvalidArgument()) {
    return Corruption{"database '" + path + "'", status.ToString()};
  }
  return Io{"use database", path, status.ToString()};
}

// What changes before a database deletes a file that a reader may still be looking for: which
// MANIFEST is in use, and how long it has become.
struct VersionMark {
  std::string manifest;
  std::int64_t manifest_bytes = 0;
  friend bool operator==(const VersionMark&, const VersionMark&) = default;
};

Result<VersionMark> read_version_mark(const std::string& path) {
  VersionMark mark;
  PURSER_ASSIGN(std::optional<std::string> current, read_small_file(path + "/CURRENT", 256));
  if (!current) return Corruption{"database '" + path + "'", "the file CURRENT is missing"};
  while (current->ends_with('\n')) current->pop_back();
  mark.manifest = *std::move(current);
  struct stat info {};
  if (::stat((path + "/" + mark.manifest).c_str(), &info) == 0) mark.manifest_bytes = info.st_size;
  return mark;
}

// Reads beside a writing process. RocksDB reads the MANIFEST and then the write-ahead logs; where
// the writer turns a log into a table in between, a reader finds neither and opens with a hole. So
// a read counts only if nothing was deleted during it, and is repeated otherwise.
template <class T, class Read>
Result<T> while_unchanged(const std::string& path, const Read& read) {
  for (int tries = 0; tries < kReadTriesMax; ++tries) {
    PURSER_ASSIGN(const VersionMark before, read_version_mark(path));
    Result<T> result = read();
    PURSER_ASSIGN(const VersionMark after, read_version_mark(path));
    if (before == after) return result;
  }
  return Io{"read", path, "the writing process kept changing it"};
}

}  // namespace

struct RocksStore::Impl {
  std::string path;
  Mode mode = Mode::read_only;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  std::atomic<bool> failed{false};

  ~Impl() { (void)close(); }

  rocksdb::ColumnFamilyHandle* family(Space space) const {
    return families[static_cast<std::size_t>(space)];
  }

  // Handles go before the database: it asserts that.
  rocksdb::Status close() {
    if (!db) return rocksdb::Status::OK();
    for (rocksdb::ColumnFamilyHandle* handle : families) db->DestroyColumnFamilyHandle(handle);
    families.clear();
    const rocksdb::Status status = db->Close();
    db.reset();
    return status;
  }
};

class RocksStore::Reader final : public RowReader {
 public:
  explicit Reader(const Impl& impl) : impl_(impl) {
    // A read-only database stands still between two catch-ups, and knows no snapshots.
    if (impl.mode == Mode::read_write) snapshot_ = impl.db->GetSnapshot();
  }
  ~Reader() override {
    if (snapshot_ != nullptr) impl_.db->ReleaseSnapshot(snapshot_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    std::string value;
    const rocksdb::Status status =
        impl_.db->Get(read_options(), impl_.family(space), {key.data(), key.size()}, &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return to_error(status, impl_.path);
    return std::optional<std::string>(std::move(value));
  }

  Status scan(Space space, const KeyRange& range, Direction direction,
              const RowVisitor& visit) const override {
    const rocksdb::Slice from(range.from);
    const rocksdb::Slice to(range.to);
    rocksdb::ReadOptions options = read_options();
    options.iterate_lower_bound = &from;
    options.iterate_upper_bound = &to;
    const std::unique_ptr<rocksdb::Iterator> rows(
        impl_.db->NewIterator(options, impl_.family(space)));
    const bool up = direction == Direction::ascending;
    up ? rows->SeekToFirst() : rows->SeekToLast();
    while (rows->Valid() && visit(rows->key().ToStringView(), rows->value().ToStringView())) {
      up ? rows->Next() : rows->Prev();
    }
    if (!rows->status().ok()) return to_error(rows->status(), impl_.path);
    return {};
  }

 private:
  rocksdb::ReadOptions read_options() const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    options.verify_checksums = true;
    return options;
  }

  const Impl& impl_;
  const rocksdb::Snapshot* snapshot_ = nullptr;
};

RocksStore::RocksStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksStore::~RocksStore() = default;

Status RocksStore::create(const std::string& path) {
  rocksdb::Options options = database_options();
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.error_if_exists = true;
  Impl impl;
  rocksdb::DB* db = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, path, families(options), &impl.families, &db);
  impl.db.reset(db);
  if (status.ok()) status = impl.close();
  if (!status.ok()) return to_error(status, path);
  return {};
}

Result<std::unique_ptr<RocksStore>> RocksStore::open_once(const std::string& path, Mode mode,
                                                          std::size_t block_cache_bytes) {
  rocksdb::Options options = database_options();
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(block_cache_bytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->mode = mode;
  rocksdb::DB* db = nullptr;
  // The second path would hold an info log; there is none.
  const rocksdb::Status status =
      mode == Mode::read_write
          ? rocksdb::DB::Open(options, path, families(options), &impl->families, &db)
          : rocksdb::DB::OpenAsSecondary(options, path, path, families(options), &impl->families,
                                         &db);
  impl->db.reset(db);
  if (!status.ok()) return to_error(status, path);
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(impl)));
}

Result<std::unique_ptr<RocksStore>> RocksStore::open(const std::string& path, Mode mode,
                                                     std::size_t block_cache_bytes) {
  // RocksDB would make the directory before it finds that there is no database in it.
  PURSER_TRY(read_version_mark(path));
  if (mode == Mode::read_write) return open_once(path, mode, block_cache_bytes);
  return while_unchanged<std::unique_ptr<RocksStore>>(
      path, [&] { return open_once(path, mode, block_cache_bytes); });
}

std::unique_ptr<RowReader> RocksStore::snapshot() const { return std::make_unique<Reader>(*impl_); }

Status RocksStore::write(const WriteSet& changes) {
  PURSER_CHECK(impl_->mode == Mode::read_write, "a read-only store was written to");
  if (impl_->failed) return Io{"write", impl_->path, "an earlier write failed"};
  rocksdb::WriteBatch batch(0, 0, kProtectionBytesPerKey, 0);
  rocksdb::Status status;
  for (const auto& [key, value] : changes.rows()) {
    rocksdb::ColumnFamilyHandle* family = impl_->family(key.space);
    status = value ? batch.Put(family, key.key, *value) : batch.Delete(family, key.key);
    PURSER_CHECK(status.ok(), "a batch in memory refused a row");
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  status = impl_->db->Write(options, &batch);
  if (!status.ok()) {
    impl_->failed = true;
    return to_error(status, impl_->path);
  }
  return {};
}

Status RocksStore::drop(Space space, const KeyRange& range) {
  const rocksdb::Status status =
      impl_->db->DeleteRange(rocksdb::WriteOptions(), impl_->family(space), range.from, range.to);
  if (!status.ok()) return to_error(status, impl_->path);
  return {};
}

Status RocksStore::catch_up() {
  if (impl_->mode == Mode::read_write) return {};
  return while_unchanged<void>(impl_->path, [&]() -> Status {
    const rocksdb::Status status = impl_->db->TryCatchUpWithPrimary();
    if (!status.ok()) return to_error(status, impl_->path);
    return {};
  });
}

Status RocksStore::close() {
  const rocksdb::Status status = impl_->close();
  if (!status.ok()) return to_error(status, impl_->path);
  return {};
}

}  // namespace purser
