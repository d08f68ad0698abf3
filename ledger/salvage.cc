#include "purser/salvage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>
#include <utility>

#include "build.h"
#include "deployments.h"
#include "event_log.h"
#include "files.h"
#include "home.h"
#include "index_rebuild.h"
#include "input_limits.h"
#include "marker.h"
#include "memory_chunk_store.h"
#include "meter.h"
#include "new_root.h"
#include "pack_store.h"
#include "posix.h"
#include "rocks_rescue.h"
#include "rocks_store.h"
#include "salvaged_drafts.h"
#include "salvaged_files.h"
#include "salvaged_log.h"
#include "system.h"
#include "try.h"
#include "unique_fd.h"

namespace purser {
namespace {

namespace fs = boost::filesystem;

constexpr char kEventTag = 'e';
constexpr char kLedgerIdTag = 'i';
constexpr char kChunkListTag = 'l';
constexpr char kScratch[] = "salvage";  // in the new ledger, until it is one
constexpr std::size_t kFoundListsOfOneWrite = 4096;
constexpr std::uint64_t kEventsOfOneReport = 512;

// What the small files of the source say; damage to them is no obstacle.
struct SourceMarks {
  std::optional<LedgerId> id;
  std::optional<AnchorMark> anchor;
};

template <class T>
Status note_unless_damaged(Result<T> read, std::optional<T>& value) {
  if (read) {
    value = *std::move(read);
  } else if (const Error& error = read.error(); !error.is<Corruption>() && !error.is<NotFound>()) {
    return error;
  }
  return {};
}

Result<SourceMarks> read_marks(const std::string& directory) {
  SourceMarks marks;
  PURSER_TRY(note_unless_damaged(read_marker(directory), marks.id));
  PURSER_TRY(note_unless_damaged(Anchor::read(directory), marks.anchor));
  if (!marks.anchor) return marks;
  if (!marks.id) marks.id = marks.anchor->ledger_id;
  if (marks.anchor->ledger_id != *marks.id) marks.anchor.reset();  // of another ledger
  return marks;
}

Status check_not_written(const std::string& directory) {
  PURSER_ASSIGN(const auto holder, WriterLock::probe(directory));
  if (holder) return Busy{holder->pid};
  return {};
}

// Chunk lists that were found, for the time being.
class FoundLists {
 public:
  explicit FoundLists(Store& store) : store_(store) {}
  Status add(std::string_view key, std::string_view value) {
    changes_.put(Space::state, std::string(key), std::string(value));
    return changes_.size() < kFoundListsOfOneWrite ? Status() : flush();
  }
  Status flush() {
    if (!changes_.empty()) PURSER_TRY(store_.write(changes_));
    changes_.clear();
    return {};
  }

 private:
  Store& store_;
  WriteSet changes_;
};

class Salvage {
 public:
  Salvage(std::string directory, std::string into, const Options& options, Meter& meter)
      : directory_(std::move(directory)),
        into_(std::move(into)),
        options_(options),
        meter_(meter) {}

  Result<SalvageReport> run() {
    PURSER_TRY(Home::check_root(directory_));
    PURSER_TRY(check_apart(directory_, into_));
    PURSER_ASSIGN(marks_, read_marks(directory_));
    if (!marks_.id && !fs::is_directory(source("db"))) {
      return NotFound{{}, "ledger '" + directory_ + "'"};
    }
    PURSER_TRY(check_not_written(directory_));
    report_.ledger_id = draw_ledger_id(options_);
    if (marks_.anchor) report_.anchored = marks_.anchor->log_size;
    PURSER_TRY(Home::create(into_, report_.ledger_id, options_, options_.clock(),
                            [&](Store& target) { return fill(target); }));
    return std::move(report_);
  }

 private:
  [[nodiscard]] std::string source(const char* name) const { return directory_ + "/" + name; }

  Result<Position> fill(Store& target) {
    const std::string path = into_ + "/" + kScratch;
    if (::mkdir(path.c_str(), 0700) != 0) return io_error("create", path);
    PURSER_TRY(RocksStore::create(path));
    PURSER_ASSIGN(const auto scratch,
                  RocksStore::open(path, RocksStore::Mode::read_write, options_.block_cache_bytes));
    PURSER_TRY(save_rows(target, *scratch));
    PURSER_TRY(fold(target));
    PURSER_TRY(save_files(target, *scratch));
    PURSER_TRY(scratch->close());
    boost::system::error_code error;
    fs::remove_all(path, error);
    if (error) return io_error("remove", path, error.value());
    PURSER_TRY(check_not_written(directory_));
    return report_.copied;
  }

  // Events into the log, and chunk lists aside.
  Status save_rows(Store& target, Store& scratch) {
    PURSER_ASSIGN(const std::unique_ptr<BulkLoad> load, target.begin_load(Space::log));
    SalvagedLog log(*load, options_.rebuild_memory_bytes, marks_.anchor);
    FoundLists lists(scratch);
    PURSER_TRY(rescue(log, lists));
    PURSER_TRY(lists.flush());
    PURSER_TRY(log.copy());
    PURSER_TRY(load->finish());
    report_.copied = log.copied();
    report_.expected = log.expected();
    report_.events_missing = log.missing().count();
    report_.missing = log.missing().ranges();
    report_.events_beyond = log.beyond().count();
    report_.beyond = log.beyond().ranges();
    if (!marks_.id) return NotFound{{}, "the id of ledger '" + directory_ + "'"};
    report_.source_id = *marks_.id;
    WriteSet changes;
    Origin origin{OriginKind::salvage, report_.source_id, report_.copied, {}};
    if (report_.copied.value > 0) origin.root = log.root();
    put_origin(changes, origin);
    return target.write(changes);
  }

  Status rescue(SalvagedLog& log, FoundLists& lists) {
    std::uint64_t events = 0;
    const auto found = rescue_rows(
        source("db"), {{kEventTag, true}, {kLedgerIdTag, false}, {kChunkListTag, false}},
        [&](std::string_view key, std::string_view value) -> Status {
          if (key[0] == kChunkListTag) return lists.add(key, value);
          if (key[0] == kLedgerIdTag) return note_id(key, value);
          if (++events % kEventsOfOneReport == 0) PURSER_TRY(meter_.files(kEventsOfOneReport));
          return log.add(key, value);
        });
    if (!found) {
      if (!found.error().is<Corruption>()) return found.error();
      report_.damaged_files.push_back({"db", found.error().cause()});
      return {};
    }
    for (const DamagedFile& file : found->damaged) {
      report_.damaged_files.push_back({"db/" + file.name, file.what});
    }
    return {};
  }

  // Where the marker and the anchor are lost, the database says it as well.
  Status note_id(std::string_view key, std::string_view value) {
    LedgerId id;
    if (marks_.id || key.size() != 1 || value.size() != id.bytes.size()) return {};
    std::copy(value.begin(), value.end(), id.bytes.begin());
    marks_.id = id;
    return {};
  }

  Status fold(Store& target) {
    if (report_.copied.value == 0) {
      PURSER_TRY(Home::fill_empty(target));
      return {};
    }
    PURSER_TRY(rebuild_projections(target, all_projection_ids(), options_.rebuild_memory_bytes,
                                   [&](std::uint64_t) { return meter_.files(0).has_value(); }));
    return {};
  }

  // The chunks of the source, as its packs have them.
  Result<std::unique_ptr<ChunkStore>> open_chunks(Store& scratch) {
    const UniqueFd root(
        ::open(source("chunks").c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!root.valid()) {
      report_.damaged_files.push_back({"chunks", "it is missing, or no directory"});
      return std::unique_ptr<ChunkStore>(std::make_unique<MemoryChunkStore>());
    }
    PURSER_ASSIGN(const RebuiltIndex index, rebuild_index_rows(scratch, root.get()));
    if (index.unreadable_packs + index.damaged_bytes > 0) {
      report_.damaged_files.push_back(
          {"chunks", fmt::format("{} packs could not be read, nor {} bytes of the others",
                                 index.unreadable_packs, index.damaged_bytes)});
    }
    PURSER_ASSIGN(auto chunks, PackStore::open(source("chunks"), scratch, false));
    return std::unique_ptr<ChunkStore>(std::move(chunks));
  }

  Status save_files(Store& target, Store& scratch) {
    PURSER_ASSIGN(const std::unique_ptr<ChunkStore> from, open_chunks(scratch));
    PackSettings settings;
    settings.compression_level = options_.compression_level;
    settings.pack_bytes_max = options_.pack_bytes_max;
    PURSER_ASSIGN(const auto chunks, PackStore::open(into_ + "/chunks", target, true, settings));
    const std::unique_ptr<RowReader> lists = scratch.snapshot();
    SalvagedFiles files(*lists, *from, target, *chunks);
    const auto closing = marks_.anchor ? marks_.anchor->closing : std::nullopt;
    const SalvagedDrafts drafts(source("db"), options_.block_cache_bytes, closing, report_.expected,
                                report_.copied);
    const std::unique_ptr<RowReader> rows = target.snapshot();
    PURSER_ASSIGN(const BuildStates states, read_builds(*rows));
    const Builds builds = builds_in_use(states);
    PURSER_TRY(visit_deployments(
        View{*rows, builds, report_.copied}, [&](const SharedDeployment& deployment) -> Status {
          if (has_files_here(*deployment)) {
            PURSER_TRY(deployment->artifact ? save_artifact(*deployment, files)
                                            : drafts.save(deployment->id, files, target, report_));
          }
          return meter_.file();
        }));
    PURSER_TRY(files.flush());
    report_.files = files.files();
    report_.bytes = files.bytes();
    return {};
  }

  Status save_artifact(const Deployment& deployment, SalvagedFiles& files) {
    const auto& stored = std::get<StoredArtifact>(*deployment.artifact);
    PURSER_ASSIGN(const auto manifest, files.copy_manifest(stored.digest));
    const std::uint64_t before = report_.files_lost;
    if (!manifest.wrong.empty()) note_lost(deployment.id, {}, manifest.wrong);
    for (const FileEntry& file : manifest.files) {
      PURSER_ASSIGN(const std::string wrong, files.copy(file));
      if (!wrong.empty()) note_lost(deployment.id, file.path, wrong);
    }
    ++(report_.files_lost == before ? report_.artifacts_whole : report_.artifacts_lost);
    return {};
  }

  void note_lost(DeploymentId id, const std::string& path, const std::string& what) {
    ++report_.files_lost;
    if (report_.lost_files.size() < kSalvageListMax) report_.lost_files.push_back({id, path, what});
  }

  const std::string directory_;
  const std::string into_;
  const Options& options_;
  Meter& meter_;
  SourceMarks marks_;
  SalvageReport report_;
};

}  // namespace

bool SalvageReport::is_complete() const {
  return anchored && events_missing + events_beyond + files_lost + drafts_lost == 0;
}

Result<SalvageReport> salvage(const std::string& directory, const std::string& into,
                              const Options& options, const ProgressCallback& progress) {
  PURSER_TRY(check_options(options));
  const Options complete = with_system(options);
  Meter meter(progress, 0, 0);
  return Salvage(Home::without_trailing_slashes(directory), Home::without_trailing_slashes(into),
                 complete, meter)
      .run();
}

}  // namespace purser
