#include "rocks_store.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <atomic>
#include <boost/filesystem.hpp>
#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include "check.h"
#include "rocks_files.h"
#include "rocks_load.h"
#include "rocks_log_reader.h"
#include "rocks_log_writer.h"
#include "rocks_manifest.h"
#include "rocks_options.h"
#include "try.h"
#include "while_unchanged.h"

namespace purser {
namespace {

namespace fs = boost::filesystem;

constexpr char kStateFamily[] = "state";
constexpr std::size_t kProtectionBytesPerKey = 8;

// A scan of more rows than this walks through the rest without filling the block cache.
constexpr std::size_t kCachedRowsMax = 4096;

// The longest write-ahead log that closing leaves to the next open, which reads it twice: a reader
// to look and a writer to open. Zeros written ahead of it count (rocks_log_writer.h).
constexpr std::uint64_t kWalBytesAtCloseMax = 1u << 20;

// How many tables below this size a level may have when the database is closed. Fewer than a
// compaction waits for (rocks_options.cc).
constexpr std::uint64_t kSmallTableBytes = 1u << 20;
constexpr std::size_t kSmallTablesMax = 5;

std::vector<rocksdb::ColumnFamilyDescriptor> families(const rocksdb::Options& options) {
  return {{rocksdb::kDefaultColumnFamilyName, options}, {kStateFamily, options}};
}

// RocksDB counts every comparison of two keys for a thread that may ask for it. Nobody asks here,
// and counting takes a tenth of the time of a large write, or of a long scan.
class Uncounted {
 public:
  Uncounted() { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }
  ~Uncounted() { rocksdb::SetPerfLevel(before_); }
  Uncounted(const Uncounted&) = delete;
  Uncounted& operator=(const Uncounted&) = delete;

 private:
  const rocksdb::PerfLevel before_ = rocksdb::GetPerfLevel();  // the embedding program's
};

// True once what RocksDB keeps in static objects is about to go, as the process ends: it cannot be
// used any more then, nor closed.
std::atomic<bool> rocks_has_ended = false;

// After the first open: these objects are there, and what is made later goes earlier.
void notice_its_end() {
  struct End {
    ~End() { rocks_has_ended = true; }
  };
  static const End kEnd;
}

// Databases that are never closed: each is at hand, so that none counts as lost.
std::vector<rocksdb::DB*>& left_open() {
  static auto* const kLeftOpen = new std::vector<rocksdb::DB*>;
  return *kLeftOpen;
}

}  // namespace

struct RocksStore::Impl {
  std::string path;
  Mode mode = Mode::read_only;
  std::size_t block_cache_bytes = 0;
  bool follows = false;  // read_only: opened to catch up with a writing process
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  std::atomic<bool> failed{false};
  // Writes go one after the other: each is one record of the write-ahead log, synced before the
  // next begins, which is how damage is told from an unfinished end.
  std::mutex write_mutex;

  ~Impl() { (void)close(); }

  rocksdb::Status open_database(const rocksdb::Options& options);

  rocksdb::ColumnFamilyHandle* family(Space space) const {
    return families[static_cast<std::size_t>(space)];
  }

  // What stands in the write-ahead log is safe: a failure here costs the next open its time.
  void shorten_log() {
    if (mode != Mode::read_write || failed || log_bytes() <= kWalBytesAtCloseMax) return;
    db->Flush(rocksdb::FlushOptions(), families).PermitUncheckedError();
  }

  // Of write-ahead logs, zeros written ahead included. RocksDB's GetSortedWalFiles would say the
  // same, and in 7.8 may wait for ever for a purge that has ended (its pull request 14069).
  std::uint64_t log_bytes() const {
    std::uint64_t bytes = 0;
    boost::system::error_code error;
    for (fs::directory_iterator file(path, error), end; !error && file != end;
         file.increment(error)) {
      if (file->path().extension() != ".log") continue;
      boost::system::error_code gone;
      const std::uintmax_t size = fs::file_size(file->path(), gone);
      if (!gone) bytes += size;
    }
    return bytes;
  }

  // Every session leaves a small table or two, and every open reads all of them. So a few are made
  // one, at the level where they are: nobody waits for large ones, and a short session does not
  // start a compaction that its end would only undo. A failure costs the next open its time.
  void merge_small_tables() {
    if (mode != Mode::read_write || failed) return;
    for (rocksdb::ColumnFamilyHandle* handle : families) {
      rocksdb::ColumnFamilyMetaData tables;
      db->GetColumnFamilyMetaData(handle, &tables);
      for (const rocksdb::LevelMetaData& level : tables.levels) {
        std::vector<std::string> small;
        for (const rocksdb::SstFileMetaData& table : level.files) {
          if (table.size < kSmallTableBytes && !table.being_compacted) small.push_back(table.name);
        }
        if (small.size() < kSmallTablesMax) continue;
        db->CompactFiles(rocksdb::CompactionOptions(), handle, small, level.level)
            .PermitUncheckedError();
      }
    }
  }

  // Every write is synced, so this is like a crash: nothing is lost.
  rocksdb::Status leave_open() {
    left_open().push_back(db.release());
    return rocksdb::Status::IOError("the process ends, and RocksDB has ended before");
  }

  // Handles go before the database: it asserts that.
  rocksdb::Status close() {
    if (!db) return rocksdb::Status::OK();
    if (rocks_has_ended) return leave_open();
    shorten_log();
    merge_small_tables();
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
    if (!status.ok()) return rocks_error(status, impl_.path);
    return std::optional<std::string>(std::move(value));
  }

  Status scan(Space space, const KeyRange& range, Direction direction,
              const RowVisitor& visit) const override {
    const bool up = direction == Direction::ascending;
    std::size_t left = kCachedRowsMax;
    std::optional<std::string> reached;
    const RowVisitor visit_some = [&](std::string_view key, std::string_view value) {
      const bool go_on = visit(key, value);
      if (go_on && --left == 0) reached = key;
      return go_on && left > 0;
    };
    PURSER_TRY(scan_once(space, range, direction, true, visit_some));
    if (!reached) return {};
    const KeyRange rest = up ? KeyRange{*reached + '\0', range.to} : KeyRange{range.from, *reached};
    return scan_once(space, rest, direction, false, visit);
  }

 private:
  Status scan_once(Space space, const KeyRange& range, Direction direction, bool fill_cache,
                   const RowVisitor& visit) const {
    const Uncounted uncounted;
    const rocksdb::Slice from(range.from);
    const rocksdb::Slice to(range.to);
    rocksdb::ReadOptions options = read_options();
    options.iterate_lower_bound = &from;
    options.iterate_upper_bound = &to;
    options.fill_cache = fill_cache;
    options.auto_prefix_mode = true;  // passes over tables that have nothing of the range
    const std::unique_ptr<rocksdb::Iterator> rows(
        impl_.db->NewIterator(options, impl_.family(space)));
    const bool up = direction == Direction::ascending;
    up ? rows->SeekToFirst() : rows->SeekToLast();
    while (rows->Valid() && visit(rows->key().ToStringView(), rows->value().ToStringView())) {
      up ? rows->Next() : rows->Prev();
    }
    if (!rows->status().ok()) return rocks_error(rows->status(), impl_.path);
    return {};
  }

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
  rocksdb::Options options = rocks_options(rocks_env_to_write(), 0);
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.error_if_exists = true;
  Impl impl;
  rocksdb::DB* db = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, path, families(options), &impl.families, &db);
  impl.db.reset(db);
  if (status.ok()) status = impl.close();
  if (!status.ok()) return rocks_error(status, path);
  return {};
}

// A secondary instance catches up with a writing process, and passes over tables that are missing
// or damaged without a word: it shows the rows from before they were made. So it is not what a
// ledger is opened with.
rocksdb::Status RocksStore::Impl::open_database(const rocksdb::Options& options) {
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status;
  if (mode == Mode::read_write) {
    status = rocksdb::DB::Open(options, path, purser::families(options), &families, &opened);
  } else if (follows) {
    // The second path would hold an info log; there is none.
    status = rocksdb::DB::OpenAsSecondary(options, path, path, purser::families(options), &families,
                                          &opened);
  } else {
    RocksLogReader::take_damage().PermitUncheckedError();
    status =
        rocksdb::DB::OpenForReadOnly(options, path, purser::families(options), &families, &opened);
    const rocksdb::IOStatus damage = RocksLogReader::take_damage();
    if (status.ok()) status = damage;
  }
  db.reset(opened);
  return status;
}

Result<std::unique_ptr<RocksStore>> RocksStore::open_once(const std::string& path, Mode mode,
                                                          std::size_t block_cache_bytes,
                                                          const Logger& logger, bool follows) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->mode = mode;
  impl->block_cache_bytes = block_cache_bytes;
  impl->follows = follows;
  rocksdb::Env& env = mode == Mode::read_write ? rocks_env_to_write() : rocks_env_to_read();
  const rocksdb::Status status = impl->open_database(rocks_options(env, block_cache_bytes, logger));
  notice_its_end();
  if (!status.ok()) return rocks_error(status, path);
  if (mode == Mode::read_write) PURSER_TRY(RocksLoad::clean(path));
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(impl)));
}

Result<std::unique_ptr<RocksStore>> RocksStore::open(const std::string& path, Mode mode,
                                                     std::size_t block_cache_bytes,
                                                     const Logger& logger) {
  // RocksDB would make the directory before it finds that there is no database in it.
  PURSER_TRY(read_version_mark(path));
  if (mode == Mode::read_write) return open_once(path, mode, block_cache_bytes, logger, false);
  return while_unchanged<std::unique_ptr<RocksStore>>(
      path, [&] { return open_once(path, mode, block_cache_bytes, logger, false); });
}

std::unique_ptr<RowReader> RocksStore::snapshot() const { return std::make_unique<Reader>(*impl_); }

Status RocksStore::write(const WriteSet& changes) {
  PURSER_CHECK(impl_->mode == Mode::read_write, "a read-only store was written to");
  rocksdb::WriteBatch batch(0, 0, kProtectionBytesPerKey, 0);
  rocksdb::Status status;
  for (const auto& [space, key, value, was_put_once] : changes.changes()) {
    rocksdb::ColumnFamilyHandle* family = impl_->family(space);
    if (value) {
      status = batch.Put(family, key, *value);
    } else {
      status = was_put_once ? batch.SingleDelete(family, key) : batch.Delete(family, key);
    }
    PURSER_CHECK(status.ok(), "a batch in memory refused a row");
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const std::lock_guard one(impl_->write_mutex);
  if (impl_->failed) return Io{"write", impl_->path, "an earlier write failed"};
  const Uncounted uncounted;
  status = impl_->db->Write(options, &batch);
  if (!status.ok()) {
    impl_->failed = true;
    return rocks_error(status, impl_->path);
  }
  return {};
}

Store::Figures RocksStore::figures() const {
  const auto property = [&](const std::string& name) {
    std::uint64_t value = 0;
    impl_->db->GetAggregatedIntProperty(name, &value);
    return value;
  };
  Figures figures;
  figures.table_bytes = property(rocksdb::DB::Properties::kLiveSstFilesSize);
  figures.memtable_bytes = property(rocksdb::DB::Properties::kCurSizeAllMemTables);
  figures.log_bytes = impl_->log_bytes();
  // The families share one cache.
  impl_->db->GetIntProperty(rocksdb::DB::Properties::kBlockCacheUsage, &figures.cache_bytes);
  impl_->db->GetIntProperty(rocksdb::DB::Properties::kBlockCacheCapacity, &figures.cache_bytes_max);
  impl_->db->GetIntProperty(rocksdb::DB::Properties::kBackgroundErrors, &figures.background_errors);
  return figures;
}

std::chrono::nanoseconds RocksStore::last_sync() const { return RocksLogWriter::last_sync(); }

Result<std::unique_ptr<BulkLoad>> RocksStore::begin_load(Space space) {
  PURSER_CHECK(impl_->mode == Mode::read_write, "a read-only store was written to");
  return RocksLoad::begin(*impl_->db, *impl_->family(space));
}

// Whole files go at once, the rest is covered by a tombstone: a write like any other.
Status RocksStore::drop(Space space, const KeyRange& range) {
  rocksdb::ColumnFamilyHandle* family = impl_->family(space);
  const rocksdb::Slice from(range.from);
  const rocksdb::Slice to(range.to);
  rocksdb::WriteOptions options;
  options.sync = true;
  const std::lock_guard one(impl_->write_mutex);
  rocksdb::Status status = rocksdb::DeleteFilesInRange(impl_->db.get(), family, &from, &to, false);
  if (status.ok()) status = impl_->db->DeleteRange(options, family, from, to);
  if (!status.ok()) return rocks_error(status, impl_->path);
  return {};
}

// Only where rows are erased: a log and the states of deployments are never less than they were.
Status RocksStore::compact() {
  rocksdb::ColumnFamilyHandle* family = impl_->family(Space::state);
  for (const auto& [first, behind] : {std::pair("f", "i"), {"k", "m"}, {"p", "q"}}) {
    const rocksdb::Slice from(first);
    const rocksdb::Slice to(behind);
    const rocksdb::Status status =
        impl_->db->CompactRange(rocksdb::CompactRangeOptions(), family, &from, &to);
    if (!status.ok()) return rocks_error(status, impl_->path);
  }
  return {};
}

Status RocksStore::catch_up() {
  if (impl_->mode == Mode::read_write) return {};
  if (!impl_->follows) {
    PURSER_ASSIGN(auto following, while_unchanged<std::unique_ptr<RocksStore>>(impl_->path, [&] {
                    return open_once(impl_->path, impl_->mode, impl_->block_cache_bytes, {}, true);
                  }));
    impl_ = std::move(following->impl_);
    return {};
  }
  return while_unchanged<void>(impl_->path, [&]() -> Status {
    const rocksdb::Status status = impl_->db->TryCatchUpWithPrimary();
    if (!status.ok()) return rocks_error(status, impl_->path);
    return {};
  });
}

Result<std::uint64_t> RocksStore::rows_written(Space space) const {
  rocksdb::ColumnFamilyHandle* family = impl_->family(space);
  rocksdb::TablePropertiesCollection tables;
  const rocksdb::Status status = impl_->db->GetPropertiesOfAllTables(family, &tables);
  if (!status.ok()) return rocks_error(status, impl_->path);
  std::uint64_t rows = 0;
  for (const auto& [name, table] : tables) rows += table->num_entries;
  for (const std::string& property : {rocksdb::DB::Properties::kNumEntriesActiveMemTable,
                                      rocksdb::DB::Properties::kNumEntriesImmMemTables}) {
    std::uint64_t in_memory = 0;
    if (impl_->db->GetIntProperty(family, property, &in_memory)) rows += in_memory;
  }
  return rows;
}

Status RocksStore::close() {
  const rocksdb::Status status = impl_->close();
  if (!status.ok()) return rocks_error(status, impl_->path);
  return {};
}

}  // namespace purser
