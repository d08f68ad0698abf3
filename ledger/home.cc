#include "home.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <utility>

#include "build.h"
#include "closing_sum.h"
#include "disk_space.h"
#include "event_log.h"
#include "marker.h"
#include "merkle_rows.h"
#include "new_root.h"
#include "pack_store.h"
#include "posix.h"
#include "rocks_store.h"
#include "small_file.h"
#include "try.h"
#include "write_probe.h"

namespace purser {
namespace {

namespace fs = boost::filesystem;

// For looking again where chunks are; few readers ever do.
constexpr std::size_t kBesideCacheBytes = std::size_t{1} << 20;

constexpr std::uint64_t kOpenBytes = std::uint64_t{1} << 20;

std::string database_in(const std::string& directory) { return directory + "/db"; }
std::string chunks_in(const std::string& directory) { return directory + "/chunks"; }

// Whether there is room to open a database for writing: it writes what its logs hold into tables,
// and begins new files.
Result<bool> has_room_to_open(const std::string& database) {
  std::uint64_t bytes = kOpenBytes;
  boost::system::error_code error;
  for (fs::directory_iterator entry(database, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".log") bytes += fs::file_size(entry->path(), error);
  }
  if (error) return io_error("list", database, error.value());
  const Status room = check_space(database, bytes);
  if (!room && !room.error().is<NoSpace>()) return room.error();
  return room.has_value();
}

// What lies elsewhere, or behind another program, may lock, map and sync in its own way.
Status warn_of_distance(const std::string& directory, const Logger& logger) {
  struct statfs info {};
  if (::statfs(directory.c_str(), &info) != 0)
    return io_error("query the file system of", directory);
  const char* name = nullptr;
  switch (static_cast<std::uint32_t>(info.f_type)) {
    case NFS_SUPER_MAGIC: name = "NFS"; break;
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC: name = "SMB"; break;
    case V9FS_MAGIC: name = "9P"; break;
    case FUSE_SUPER_MAGIC: name = "FUSE"; break;
    default: return {};
  }
  logger(LogLevel::warning,
         fmt::format("'{}' is on {}: locks, mapped files and syncs may not be what a ledger needs; "
                     "see docs/recovery.md",
                     directory, name));
  return {};
}

// What its anchor is to say.
Result<AnchorMark> make_database(const std::string& path, const LedgerId& id,
                                 const Options& options, Timestamp now, const Home::Fill& fill) {
  if (::mkdir(path.c_str(), 0700) != 0) return io_error("create", path);
  PURSER_TRY(RocksStore::create(path));
  PURSER_ASSIGN(const auto store,
                RocksStore::open(path, RocksStore::Mode::read_write, options.block_cache_bytes));
  WriteSet changes;
  put_ledger_id(changes, id);
  PURSER_TRY(store->write(changes));
  PURSER_ASSIGN(const Position size, fill(*store));
  PURSER_TRY(store->close());
  PURSER_ASSIGN(const ClosingSum closing, sum_closed_database(path));
  return AnchorMark{id, size, now, {}, closing};
}

Status make_ledger(const std::string& directory, const LedgerId& id, const Options& options,
                   Timestamp now, const Home::Fill& fill) {
  PURSER_TRY(check_space(directory, options.disk_reserve_bytes));
  if (::mkdir(chunks_in(directory).c_str(), 0700) != 0) {
    return io_error("create", chunks_in(directory));
  }
  PURSER_ASSIGN(const AnchorMark anchor,
                make_database(database_in(directory), id, options, now, fill));
  PURSER_TRY(Anchor::create(directory, anchor));
  PURSER_ASSIGN(const WriterLock lock, WriterLock::acquire(directory));
  return write_marker(directory, id);  // last: without it this is no ledger
}

// Before a ledger is written to: whether the rows of the Merkle tree are damaged, that is, the root
// that they give is not the anchor's, and that of the events is. Whole events that do not give it
// are another log than was anchored, which nothing may be added to; it can be read, to find out. A
// damaged event says so when it is read.
Result<bool> is_tree_damaged(const Store& store, const AnchorMark& anchor) {
  if (!anchor.root) return false;  // written by 0.1.0, or by `create`
  const std::unique_ptr<RowReader> rows = store.snapshot();
  PURSER_ASSIGN(const BuildStates states, read_builds(*rows));
  const Builds builds = builds_in_use(states);
  const auto derived = tree_root(View{*rows, builds, anchor.log_size}, anchor.log_size);
  if (derived && *derived == *anchor.root) return false;
  const auto root = root_from_events(*rows, {}, anchor.log_size);
  if (!root && root.error().error_class() != ErrorClass::corrupt) return root.error();
  if (!root) return false;
  if (*root == *anchor.root) return true;
  return Corruption{"log", fmt::format("its first {} events are not those that were anchored",
                                       anchor.log_size.value)};
}

}  // namespace

Result<Position> Home::fill_empty(Store& store) {
  WriteSet changes;
  put_first_builds(changes);
  PURSER_TRY(store.write(changes));
  return Position{0};
}

std::string Home::without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Status Home::check_root(const std::string& directory) {
  struct stat info {};
  if (::lstat(directory.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return NotFound{{}, "ledger '" + directory + "'"};
    return io_error("stat", directory);
  }
  const std::string what = "ledger directory '" + directory + "'";
  if (S_ISLNK(info.st_mode)) return InvalidArgument{what, "is a symbolic link; name its target"};
  if (!S_ISDIR(info.st_mode)) return InvalidArgument{what, "is not a directory"};
  if (info.st_uid != ::geteuid()) return InvalidArgument{what, "belongs to another user"};
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return InvalidArgument{what, "can be written by others; run chmod 700 on it"};
  }
  return {};
}

Result<LedgerId> Home::identify(const std::string& directory) {
  PURSER_TRY(check_root(directory));
  Result<LedgerId> id = read_marker(directory);
  if (id || !id.error().is<NotFound>() || !read_marker(directory, kBackupMarker)) return id;
  return NotFound{
      {}, "ledger '" + directory + "' (it is a backup: `purser restore` makes a ledger of it)"};
}

Status Home::check_complete(const std::string& database, const Store& store,
                            const AnchorMark& anchor) {
  const std::unique_ptr<RowReader> rows = store.snapshot();
  PURSER_ASSIGN(const LedgerId id, read_ledger_id(*rows));
  if (id != anchor.ledger_id) {
    return Corruption{
        "database", "it belongs to ledger " + to_hex(id) + ", not to " + to_hex(anchor.ledger_id)};
  }
  PURSER_ASSIGN(const Position size, log_size(*rows));
  if (size < anchor.log_size) return LedgerTruncated{size, anchor.log_size};
  if (size.value > 0) PURSER_TRY(read_event(*rows, size));  // damaged, or of a newer format
  return anchor.closing ? check_closing_sum(database, *anchor.closing) : Status();
}

Status Home::create(const std::string& path, const LedgerId& id, const Options& options,
                    Timestamp now, const Fill& fill) {
  const std::string directory = without_trailing_slashes(path);
  return fill_new_root(directory, [&] { return make_ledger(directory, id, options, now, fill); });
}

Result<Home> Home::open(const std::string& path, const Options& options) {
  Home home;
  home.directory_ = without_trailing_slashes(path);
  home.disk_reserve_bytes_ = options.disk_reserve_bytes;
  PURSER_ASSIGN(home.ledger_id_, identify(home.directory_));
  if (!options.read_only) {
    PURSER_ASSIGN(WriterLock lock, WriterLock::acquire(home.directory_));
    home.lock_ = std::make_unique<WriterLock>(std::move(lock));
  }
  PURSER_ASSIGN(const AnchorMark anchor, Anchor::read(home.directory_));
  if (anchor.ledger_id != home.ledger_id_) {
    return Corruption{"anchor", "it belongs to ledger " + to_hex(anchor.ledger_id)};
  }
  home.anchor_mark_ = anchor;
  PURSER_TRY(warn_of_distance(home.directory_, options.logger));
  PURSER_TRY(home.open_for_reading(options, anchor));
  if (options.read_only) return home;
  PURSER_ASSIGN(const bool has_room, has_room_to_open(database_in(home.directory_)));
  if (has_room) {
    PURSER_TRY(home.open_for_writing(options));
  } else {
    home.lock_.reset();
    options.logger(LogLevel::warning,
                   "the disk has no room to open the ledger for writing; it is "
                   "open for reading");
  }
  return home;
}

Status Home::open_for_reading(const Options& options, const AnchorMark& anchor) {
  PURSER_ASSIGN(auto store, RocksStore::open(database_in(directory_), RocksStore::Mode::read_only,
                                             options.block_cache_bytes));
  PURSER_TRY(check_complete(database_in(directory_), *store, anchor));
  if (!options.read_only) {
    PURSER_ASSIGN(tree_is_damaged_, is_tree_damaged(*store, anchor));
    PURSER_ASSIGN(const Position size, log_size(*store->snapshot()));
    PURSER_TRY(probe_for_writing(*store, size, tree_is_damaged_));
  }
  store_ = std::move(store);
  const auto open_beside = [path = database_in(directory_)]() -> Result<std::unique_ptr<Store>> {
    PURSER_ASSIGN(auto beside,
                  RocksStore::open(path, RocksStore::Mode::read_only, kBesideCacheBytes));
    return std::unique_ptr<Store>(std::move(beside));
  };
  PURSER_ASSIGN(chunks_, PackStore::open_beside(chunks_in(directory_), *store_, open_beside));
  return {};
}

Status Home::open_for_writing(const Options& options) {
  PURSER_TRY(store_->close());
  PURSER_ASSIGN(store_, RocksStore::open(database_in(directory_), RocksStore::Mode::read_write,
                                         options.block_cache_bytes, options.logger));
  PackSettings settings;
  settings.compression_level = options.compression_level;
  settings.pack_bytes_max = options.pack_bytes_max;
  settings.disk_reserve_bytes = options.disk_reserve_bytes;
  PURSER_ASSIGN(chunks_, PackStore::open(chunks_in(directory_), *store_, true, settings));
  PURSER_ASSIGN(Anchor anchor, Anchor::open(directory_));
  const AnchorLimits limits{options.anchor_commits_max, options.anchor_delay_max};
  anchor_ = std::make_unique<AnchorKeeper>(std::move(anchor), ledger_id_, limits, options.clock);
  return {};
}

Status Home::check_writable() const {
  PURSER_TRY(check_lock());
  return check_space(directory_, disk_reserve_bytes_);
}

Status Home::publish(Position durable, const std::optional<CompactRange>& tree) {
  PURSER_TRY(lock_->publish(durable));
  anchor_->committed(durable, tree);
  return {};
}

Result<Position> Home::anchored() const {
  if (anchor_) return anchor_->anchored();
  PURSER_ASSIGN(const AnchorMark mark, Anchor::read(directory_));
  return mark.log_size;
}

Result<Position> Home::clip(Position size) const {
  PURSER_ASSIGN(const auto holder, writer());
  if (!holder || !holder->durable) return size;
  return std::min(size, *holder->durable);
}

// What it is then, if it was written to.
Result<std::optional<ClosingSum>> Home::close_database() {
  PURSER_TRY(store_->close());
  if (!anchor_) return std::optional<ClosingSum>();
  PURSER_ASSIGN(const ClosingSum sum, sum_closed_database(database_in(directory_)));
  return std::optional(sum);
}

Status Home::close(std::optional<Position> size, const std::optional<Digest>& root) {
  const Result<std::optional<ClosingSum>> closed = close_database();
  Status anchored;
  if (anchor_ && size) anchored = anchor_->close(*size, root, closed ? *closed : std::nullopt);
  chunks_.reset();
  store_.reset();
  anchor_.reset();
  lock_.reset();
  if (!anchored) return anchored;
  return closed ? Status() : Status(closed.error());
}

void Home::abandon() {
  (void)store_.release();
  (void)chunks_.release();
  (void)anchor_.release();
  (void)lock_.release();
}

}  // namespace purser
