#include "purser/recover.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "audit/merkle.h"
#include "beneath.h"
#include "event_codec.h"
#include "event_log.h"
#include "home.h"
#include "input_limits.h"
#include "key.h"
#include "posix.h"
#include "rocks_mended_copy.h"
#include "rocks_rescue.h"
#include "rocks_store.h"
#include "small_file.h"
#include "system.h"
#include "try.h"

namespace purser {
namespace {

constexpr char kTagOfEvents = 'e';
constexpr char kDatabase[] = "db";
constexpr char kUnfinished[] = "db.recover";
constexpr char kKept[] = "db.before-recover-";
constexpr std::uint64_t kEventsPerLook = 512;

// That every event is whole, and that the first of them are those that were anchored.
Status check_all_events(const RowReader& rows, Position size, const AnchorMark& anchor,
                        const ProgressCallback& progress) {
  CompactRange tree;
  Event event;
  return scan_stored_events(
      rows, Position{1}, size, Direction::ascending,
      [&](Position position, std::string_view stored) -> Result<bool> {
        PURSER_TRY(decode_event(stored, position, event));
        tree.append(merkle_leaf(stored));
        if (position == anchor.log_size && anchor.root && tree.root() != *anchor.root) {
          return Corruption{"log", fmt::format("its first {} events are not those that were "
                                               "anchored",
                                               position.value)};
        }
        const bool report = progress && position.value % kEventsPerLook == 0;
        if (report && !progress(Progress{position.value, size.value, 0, 0})) return Cancelled{};
        return true;
      });
}

class Recovery {
 public:
  Recovery(std::string directory, const Options& options, const ProgressCallback& progress)
      : directory_(std::move(directory)), options_(options), progress_(progress) {
    options_.read_only = true;
  }

  Result<RecoverReport> run() {
    PURSER_TRY(Home::identify(directory_));
    PURSER_ASSIGN(const WriterLock lock, WriterLock::acquire(directory_));
    root_ = UniqueFd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_.valid()) return io_error("open", directory_);
    PURSER_TRY(remove_beneath(root_.get(), kUnfinished));
    const Result<Position> opens = probe();
    if (!opens && !opens.error().is<Corruption>() && !opens.error().is<LedgerTruncated>()) {
      return opens.error();
    }
    const auto manifest = find_manifest_end(path_of(kDatabase));
    const bool is_torn = manifest && manifest->is_torn();
    if (!is_torn)
      return opens ? RecoverReport{false, *opens, 0, {}} : Result<RecoverReport>(opens.error());
    return mend(*manifest);
  }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const {
    return directory_ + "/" + name;
  }

  // How long the log is, if the ledger can be opened as it is.
  [[nodiscard]] Result<Position> probe() const {
    PURSER_ASSIGN(const Home home, Home::open(directory_, options_));
    PURSER_ASSIGN(const Position size, log_size(*home.store().snapshot()));
    PURSER_TRY(check_tables(size));
    return size;
  }

  // A table holds only what was acknowledged, whether or not a MANIFEST still names it.
  [[nodiscard]] Status check_tables(Position size) const {
    PURSER_ASSIGN(const std::string key, greatest_key_in_tables(path_of(kDatabase), kTagOfEvents));
    const Position last{trailing_u64(key)};
    return last > size ? Status(LedgerTruncated{size, last}) : Status();
  }

  Result<RecoverReport> mend(const ManifestEnd& manifest) {
    RecoverReport report;
    report.mended = true;
    report.manifest_bytes_removed = manifest.file_bytes - manifest.whole_bytes;
    PURSER_ASSIGN(report.kept, free_name());
    std::string copy = kUnfinished;
    Result<Position> size = make_copy(manifest);
    Status placed = size ? place(report.kept, copy) : Status(size.error());
    if (!placed) {
      (void)remove_beneath(root_.get(), copy);  // what stays goes with the next run
      return std::move(placed).error();
    }
    PURSER_TRY(sync_directory(directory_));
    report.log_size = *size;
    report.kept = path_of(report.kept);
    return report;
  }

  Result<Position> make_copy(const ManifestEnd& manifest) const {
    const std::string copy = path_of(kUnfinished);
    PURSER_TRY(make_mended_copy(path_of(kDatabase), manifest, copy));
    PURSER_ASSIGN(const AnchorMark anchor, Anchor::read(directory_));
    PURSER_ASSIGN(auto store, opened(copy, RocksStore::Mode::read_only));
    PURSER_TRY(Home::check_complete(copy, *store, anchor));
    PURSER_ASSIGN(const Position size, log_size(*store->snapshot()));
    PURSER_TRY(check_tables(size));
    PURSER_TRY(check_all_events(*store->snapshot(), size, anchor, progress_));
    PURSER_TRY(store->close());
    // Who opens for writing reads the MANIFEST and the logs in another way: that must work, too.
    PURSER_ASSIGN(store, opened(copy, RocksStore::Mode::read_write));
    PURSER_ASSIGN(const Position written, log_size(*store->snapshot()));
    PURSER_TRY(store->close());
    if (written != size) return LedgerTruncated{written, size};
    return size;
  }

  [[nodiscard]] Result<std::unique_ptr<RocksStore>> opened(const std::string& path,
                                                           RocksStore::Mode mode) const {
    return RocksStore::open(path, mode, options_.block_cache_bytes);
  }

  // Gives the copy the name under which the database is to be kept, and then lets the two change
  // places, so that a folder with the one name is there at every moment, and no folder that may be
  // the old database is ever taken for an unfinished copy. `copy` is where the copy is.
  Status place(const std::string& kept, std::string& copy) const {
    PURSER_TRY(move(copy, kept, RENAME_NOREPLACE));
    copy = kept;
    PURSER_TRY(sync_directory(directory_));
    return move(kept, kDatabase, RENAME_EXCHANGE);
  }

  [[nodiscard]] Status move(const std::string& from, const std::string& to, unsigned flags) const {
    if (::renameat2(root_.get(), from.c_str(), root_.get(), to.c_str(), flags) == 0) return {};
    return io_error("rename", path_of(from));
  }

  [[nodiscard]] Result<std::string> free_name() const {
    for (std::uint64_t number = 1;; ++number) {
      std::string name = kKept + std::to_string(number);
      struct stat info {};
      if (::fstatat(root_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) continue;
      if (errno != ENOENT) return io_error("stat", path_of(name));
      return name;
    }
  }

  const std::string directory_;
  Options options_;
  const ProgressCallback& progress_;
  UniqueFd root_;
};

}  // namespace

Result<RecoverReport> recover(const std::string& directory, const Options& options,
                              const ProgressCallback& progress) {
  PURSER_TRY(check_options(options));
  return Recovery(Home::without_trailing_slashes(directory), with_system(options), progress).run();
}

}  // namespace purser
