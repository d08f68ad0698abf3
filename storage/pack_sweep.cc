#include "pack_sweep.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <mutex>
#include <utility>

#include "beneath.h"
#include "check.h"
#include "disk_space.h"
#include "try.h"

namespace purser {
namespace {

// What moves at once: it is in memory as it is.
constexpr std::uint64_t kMovedAtOnce = std::uint64_t{64} << 20;
// Packs are written anew in groups of so many plain bytes. Within one, like finds like wherever it
// lies, and each block is read once for each kMovedAtOnce of it.
constexpr std::uint64_t kGroupBytesMax = std::uint64_t{1} << 30;
constexpr std::uint32_t kUnknownLength = std::uint32_t{64} << 10;  // a guess, for counting memory
constexpr std::size_t kErasedPerWrite = 16'384;
constexpr int kMovedLevel = 9;  // of zstd; from here on time grows faster than size shrinks
constexpr PackNumber kNoLast{std::numeric_limits<std::uint64_t>::max()};

}  // namespace

double PackStore::PackSweep::Pack::dead_bytes() const {
  const double live = live_bytes + static_cast<double>(kPackHeaderBytes);
  return std::max(0.0, static_cast<double>(file_bytes) - live);
}

bool PackStore::PackSweep::Pack::is_compressed_again() const {
  return blocks <= plain_bytes / (kMovedBlockBytes / 8) + 1;
}

PackStore::PackSweep::PackSweep(PackStore& store) : store_(store) {
  const std::lock_guard lock(store_.mutex_);
  store_.holds_.begin_sweep();
}

PackStore::PackSweep::~PackSweep() {
  const std::lock_guard lock(store_.mutex_);
  store_.holds_.end_sweep();
  store_.condemned_.clear();
}

void PackStore::PackSweep::keep(const Digest& digest, std::uint32_t length) {
  kept_.try_emplace(digest, Kept{length, static_cast<std::uint32_t>(kept_.size()), false});
}

Status PackStore::PackSweep::run(const CollectOptions& options, const ProgressCallback& progress,
                                 CollectReport& report) {
  options_ = options;
  progress_callback_ = &progress;
  report_ = &report;
  directory_ = open_beneath(store_.root_.get(), kPacksDirectory, O_RDONLY | O_DIRECTORY);
  if (!directory_.valid()) return io_error("open", store_.packs_path());
  PURSER_TRY(look());
  std::vector<Group> groups = choose(kNoLast);
  if (options.dry_run) return dry_run(groups);
  const bool touches_last = std::any_of(groups.begin(), groups.end(), [&](const Group& group) {
    return group.back()->first == last_;
  });
  if (touches_last) {  // it must not grow any more; look what it has now
    PURSER_ASSIGN(const PackNumber ended, store_.end_packs());
    PURSER_TRY(look());
    groups = choose(ended);
  }
  count_what_stays(groups);
  for (Group& group : groups) PURSER_TRY(rewrite(group));
  PURSER_TRY(remove_leftovers());
  return remove_loose();
}

// --- Looking ------------------------------------------------------------------------------------

Status PackStore::PackSweep::look() {
  packs_.clear();
  PURSER_TRY(look_at_rows());
  PURSER_ASSIGN(const std::vector<PackFile> files, list_packs(store_.root_.get()));
  for (const PackFile& file : files) {
    const auto pack = packs_.find(file.pack);
    if (pack != packs_.end()) pack->second.file_bytes = file.bytes;
  }
  for (auto& [number, pack] : packs_) PURSER_TRY(measure(pack));
  return {};
}

// Of a chunk with several places the newest comes first.
Status PackStore::PackSweep::look_at_rows() {
  const std::unique_ptr<RowReader> rows = store_.rows_.snapshot();
  PURSER_ASSIGN(const std::vector<PackEnd> ends, all_pack_ends(*rows));
  for (const PackEnd& end : ends) {
    if (end.bytes > 0) packs_[end.pack];
    last_ = end.pack;
  }
  std::optional<Digest> before;
  return visit_chunk_places(*rows, [&](const Digest& chunk, const BlockPlace& place) {
    Pack& pack = packs_[place.pack];
    if (before == chunk) {
      pack.moved_away.push_back(chunk);
      return;
    }
    before = chunk;
    const auto kept = kept_.find(chunk);
    if (kept != kept_.end()) kept->second.found = true;
    pack.chunks.push_back({chunk, place, kept == kept_.end() ? 0 : kept->second.length});
  });
}

bool PackStore::PackSweep::is_live(const Digest& chunk) const {
  if (kept_.contains(chunk)) return true;
  const std::lock_guard lock(store_.mutex_);
  return store_.holds_.holds(chunk);
}

Status PackStore::PackSweep::measure(Pack& pack) const {
  const auto offset = [](const PlacedChunk& chunk) { return chunk.place.offset; };
  std::ranges::sort(pack.chunks, {}, offset);
  for (auto begin = pack.chunks.begin(); begin != pack.chunks.end();) {
    const auto end =
        std::ranges::upper_bound(begin, pack.chunks.end(), begin->place.offset, {}, offset);
    PURSER_TRY(measure_block({begin, end}, pack));
    begin = end;
  }
  return {};
}

// What lives takes its share of what its block takes. Of a chunk that is held and not marked the
// length is not known: it counts like any other.
Status PackStore::PackSweep::measure_block(std::span<const PlacedChunk> chunks, Pack& pack) const {
  std::vector<std::uint32_t> lengths;
  for (const PlacedChunk& chunk : chunks) {
    if (is_live(chunk.chunk)) lengths.push_back(chunk.length);
  }
  if (lengths.empty()) return {};
  pack.live_chunks += lengths.size();
  const BlockPlace& place = chunks.front().place;
  const Result<std::uint32_t> plain = store_.reader_->plain_bytes(place);
  if (!plain && plain.error().is<Io>()) return plain.error();
  if (!plain) {
    pack.damaged = true;
    return {};
  }
  std::uint64_t live = 0;
  for (const std::uint32_t length : lengths) live += length == 0 ? *plain / chunks.size() : length;
  live = std::min<std::uint64_t>(live, *plain);
  pack.live_bytes += place.bytes * (static_cast<double>(live) / *plain);
  pack.plain_bytes += live;
  ++pack.blocks;
  return {};
}

bool PackStore::PackSweep::goes(const Pack& pack) const {
  if (pack.live_chunks == 0) return true;
  const double dead = pack.dead_bytes();
  return dead > 0 && dead >= options_.dead_share * static_cast<double>(pack.file_bytes);
}

// The packs that go, in groups that are written anew together, ascending. `last`: those behind it
// are left alone.
std::vector<PackStore::PackSweep::Group> PackStore::PackSweep::choose(PackNumber last) {
  std::vector<Group> groups;
  Group group;
  std::uint64_t plain = 0;
  bool any_as_it_came = false;
  const auto end_group = [&] {
    const bool all = options_.repack && any_as_it_came;
    std::erase_if(group, [&](const auto* pack) { return !all && !goes(pack->second); });
    if (!group.empty()) groups.push_back(std::exchange(group, {}));
    plain = 0;
    any_as_it_came = false;
  };
  for (auto& entry : packs_) {
    const Pack& pack = entry.second;
    if (entry.first > last || pack.damaged) continue;
    if (plain + pack.plain_bytes > kGroupBytesMax) end_group();
    group.push_back(&entry);
    plain += pack.plain_bytes;
    any_as_it_came = any_as_it_came || !pack.is_compressed_again();
  }
  end_group();
  return groups;
}

void PackStore::PackSweep::count_what_stays(const std::vector<Group>& groups) {
  double dead = 0;
  for (const auto& [number, pack] : packs_) {
    dead += pack.dead_bytes();
    if (pack.damaged) ++report_->packs_damaged;
  }
  for (const Group& group : groups) {
    progress_.files_total += group.size();
    for (const auto* pack : group) {
      dead -= pack->second.dead_bytes();
      progress_.bytes_total += pack->second.plain_bytes;
    }
  }
  report_->bytes_dead = static_cast<std::uint64_t>(std::max(0.0, dead));
  for (const auto& [chunk, kept] : kept_) {
    ++(kept.found || store_.loose_->get(chunk) ? report_->chunks_kept : report_->chunks_missing);
  }
}

// What lives is counted as it is stored now.
Status PackStore::PackSweep::dry_run(const std::vector<Group>& groups) {
  count_what_stays(groups);
  double written = 0;
  for (const Group& group : groups) {
    for (const auto* pack : group) {
      report_->chunks_moved += pack->second.live_chunks;
      report_->chunks_removed += pack->second.chunks.size() - pack->second.live_chunks;
      report_->bytes_removed += pack->second.file_bytes;
      ++report_->packs_removed;
      written += pack->second.live_bytes;
    }
  }
  report_->bytes_written = static_cast<std::uint64_t>(written);
  PURSER_ASSIGN(const std::vector<PackFile> files, leftovers());
  for (const PackFile& file : files) {
    ++report_->packs_removed;
    ++report_->packs_left_over;
    report_->bytes_removed += file.bytes;
  }
  return {};
}

// --- Doing --------------------------------------------------------------------------------------

Status PackStore::PackSweep::rewrite(Group& group) {
  PURSER_TRY(leave_out_what_has_no_room(group));
  std::vector<PlacedChunk> live;
  for (const auto* pack : group) {
    for (const PlacedChunk& chunk : pack->second.chunks) {
      if (is_live(chunk.chunk)) live.push_back(chunk);
    }
  }
  PURSER_TRY(move(std::move(live)));
  for (auto* pack : group) PURSER_TRY(remove(pack->first, pack->second));
  return broken_if(
      store_.sync_.file(directory_.get()) == 0 ? Status() : io_error("sync", store_.packs_path()));
}

// A disk that a sweep has filled would take no rows any more, and the sweep could not end.
Status PackStore::PackSweep::leave_out_what_has_no_room(Group& group) {
  double live_bytes = 0;
  for (const auto* pack : group) live_bytes += pack->second.live_bytes;
  if (live_bytes == 0) return {};
  const auto needed =
      reserve_and(store_.settings_.sweep_leaves_bytes, static_cast<std::uint64_t>(live_bytes));
  const Status room = check_space(store_.directory_, needed);
  if (room) return {};
  if (!room.error().is<NoSpace>()) return room;
  double dead_bytes = 0;  // that stay after all
  for (const auto* pack : group) {
    if (pack->second.live_chunks > 0) dead_bytes += pack->second.dead_bytes();
  }
  report_->bytes_dead += static_cast<std::uint64_t>(std::max(0.0, dead_bytes));
  report_->packs_without_room +=
      std::erase_if(group, [](const auto* pack) { return pack->second.live_chunks > 0; });
  return {};
}

// Chunks nobody has marked come last.
Status PackStore::PackSweep::move(std::vector<PlacedChunk> chunks) {
  const auto rank = [&](const PlacedChunk& chunk) {
    const auto kept = kept_.find(chunk.chunk);
    return kept == kept_.end() ? UINT32_MAX : kept->second.rank;
  };
  std::ranges::sort(chunks, {}, rank);
  const int level = store_.settings_.compression_level;
  const Compression compression{level == 0 ? 0 : std::max(level, kMovedLevel), true};
  std::mutex mutex;
  const AppendBlock append = [&](const BlockBuilder& block, const std::string& encoded) -> Status {
    const Result<BlockPlace> place = store_.tail_->append(block, encoded);
    if (!place) return store_.broken(place.error());
    const std::lock_guard lock(mutex);
    report_->bytes_written += encoded.size();
    if (place->offset == kPackHeaderBytes) report_->bytes_written += kPackHeaderBytes;
    return {};
  };
  for (auto begin = chunks.begin(); begin != chunks.end();) {
    std::uint64_t bytes = 0;
    auto end = begin;
    for (; end != chunks.end() && bytes < kMovedAtOnce; ++end) {
      bytes += end->length == 0 ? kUnknownLength : end->length;
    }
    PURSER_TRY(move_chunks(*store_.reader_, {begin, end}, compression, append, damaged_));
    PURSER_TRY(store_.commit_appended());
    for (; begin != end; ++begin) moved_.insert(begin->chunk);
    PURSER_TRY(step(0, bytes));
  }
  report_->chunks_moved += chunks.size();
  return {};
}

Status PackStore::PackSweep::remove(PackNumber number, Pack& pack) {
  while (true) {
    if (damaged_.contains(number)) {  // what lives in it stays where it is, for whoever asks
      ++report_->packs_damaged;
      return {};
    }
    std::vector<PlacedChunk> late = condemn(pack);
    if (late.empty()) break;
    PURSER_TRY(move(std::move(late)));
  }
  PURSER_TRY(broken_if(erase_rows(number, pack)));
  {
    const std::lock_guard lock(store_.mutex_);
    report_->chunks_removed += store_.condemned_.size();
    store_.condemned_.clear();
    ++store_.rows_version_;
    ++store_.erasures_;
  }
  PURSER_TRY(unlink(number, pack.file_bytes));
  return step(1, 0);
}

// Returns the chunks that live here by now and have not moved; if there are none, nobody can come
// to hold one any more.
std::vector<PlacedChunk> PackStore::PackSweep::condemn(const Pack& pack) {
  std::vector<PlacedChunk> late;
  const std::lock_guard lock(store_.mutex_);
  for (const PlacedChunk& chunk : pack.chunks) {
    if (moved_.contains(chunk.chunk)) continue;
    if (kept_.contains(chunk.chunk) || store_.holds_.holds(chunk.chunk)) late.push_back(chunk);
  }
  if (!late.empty()) return late;
  for (const PlacedChunk& chunk : pack.chunks) {
    if (!moved_.contains(chunk.chunk)) store_.condemned_.insert(chunk.chunk);
  }
  return late;
}

// The row of the pack goes last: as long as it is there, a sweep looks at the pack.
Status PackStore::PackSweep::erase_rows(PackNumber number, const Pack& pack) {
  WriteSet changes;
  const auto erase = [&](const Digest& chunk) -> Status {
    erase_chunk_place(changes, chunk, number);
    if (changes.size() < kErasedPerWrite) return {};
    PURSER_TRY(store_.rows_.write(changes));
    changes.clear();
    return {};
  };
  for (const PlacedChunk& chunk : pack.chunks) PURSER_TRY(erase(chunk.chunk));
  for (const Digest& chunk : pack.moved_away) PURSER_TRY(erase(chunk));
  PURSER_ASSIGN(const std::vector<PackEnd> ends, all_pack_ends(*store_.rows_.snapshot()));
  for (const PackEnd& end : ends) {
    const bool is_last = end.pack == ends.back().pack;
    if (end.pack != number && (end.bytes > 0 || is_last)) continue;
    is_last ? put_pack_end(changes, end.pack, 0) : erase_pack_end(changes, end.pack);
  }
  return store_.rows_.write(changes);
}

Status PackStore::PackSweep::unlink(PackNumber number, std::uint64_t bytes) {
  const std::string name = pack_name(number);
  if (store_.sync_.unlink(directory_.get(), name.c_str()) != 0 && errno != ENOENT) {
    return io_error("remove", store_.packs_path() + "/" + name);
  }
  store_.reader_->forget(number);
  ++report_->packs_removed;
  report_->bytes_removed += bytes;
  return {};
}

// Files of packs that no row knows and nobody is writing.
Result<std::vector<PackFile>> PackStore::PackSweep::leftovers() const {
  const auto look = [&](const auto& is_writing) -> Result<std::vector<PackFile>> {
    PURSER_ASSIGN(std::vector<PackFile> files, list_packs(store_.root_.get()));
    PURSER_ASSIGN(const std::vector<PackEnd> ends, all_pack_ends(*store_.rows_.snapshot()));
    std::erase_if(files, [&](const PackFile& file) {
      const auto end = std::ranges::lower_bound(ends, file.pack, {}, &PackEnd::pack);
      const bool has_row = end != ends.end() && end->pack == file.pack && end->bytes > 0;
      return has_row || is_writing(file.pack);
    });
    return files;
  };
  PURSER_ASSIGN(std::vector<PackFile> files, store_.tail_->standing_still(look));
  // They may be all there is of what is missing.
  if (report_->chunks_missing > 0) files.clear();
  return files;
}

Status PackStore::PackSweep::remove_leftovers() {
  PURSER_ASSIGN(const std::vector<PackFile> files, leftovers());
  if (files.empty()) return {};
  for (const PackFile& file : files) PURSER_TRY(unlink(file.pack, file.bytes));
  report_->packs_left_over += files.size();
  if (store_.sync_.file(directory_.get()) != 0) return io_error("sync", store_.packs_path());
  return {};
}

// Chunks in files of their own that could not be moved into packs: damaged ones.
Status PackStore::PackSweep::remove_loose() {
  const LooseChunks& loose = *store_.loose_;
  PURSER_ASSIGN(const std::vector<std::string> directories, loose.directories());
  for (const std::string& directory : directories) {
    PURSER_ASSIGN(const std::vector<Digest> chunks, loose.chunks_in(directory));
    for (const Digest& chunk : chunks) {
      if (is_live(chunk)) continue;
      PURSER_TRY(loose.remove(chunk));
      ++report_->chunks_removed;
    }
    PURSER_TRY(loose.remove_if_empty(directory));
  }
  return loose.remove_staged();
}

Status PackStore::PackSweep::step(std::uint64_t packs, std::uint64_t bytes) {
  progress_.files += packs;
  progress_.bytes += bytes;
  if (*progress_callback_ && !(*progress_callback_)(progress_)) return Cancelled{};
  return {};
}

Status PackStore::PackSweep::broken_if(Status status) {
  return status ? std::move(status) : store_.broken(std::move(status));
}

}  // namespace purser
