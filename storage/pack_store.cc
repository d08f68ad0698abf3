#include "pack_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "beneath.h"
#include "index_rebuild.h"
#include "pack_batch.h"
#include "pack_check.h"
#include "pack_sweep.h"
#include "try.h"

namespace purser {
namespace {

constexpr mode_t kDirectoryMode = 0700;

Error missing(const std::string& directory, int error) {
  if (error == ENOENT || error == ENOTDIR || error == ELOOP) {
    return Corruption{directory, "it is missing, or no directory"};
  }
  return io_error("open", directory, error);
}

// Says which chunk is lost with a block.
Error of_chunk(const Error& error, const Digest& digest) {
  const Corruption* damage = error.as<Corruption>();
  if (damage == nullptr) return error;
  return Corruption{"chunk " + to_hex(digest) + ", " + damage->where, damage->what};
}

}  // namespace

// --- Opening ------------------------------------------------------------------------------------

Result<std::unique_ptr<PackStore>> PackStore::open(const std::string& directory, Store& rows,
                                                   bool writable, const PackSettings& settings,
                                                   const SyncCalls& sync) {
  std::unique_ptr<PackStore> store(new PackStore(directory, rows, writable, settings, sync, {}));
  if (writable && ::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return io_error("create", directory);
  }
  PURSER_TRY(store->open_root());
  if (!writable) return store;
  PURSER_TRY(store->prepare_writing());
  PURSER_TRY(move_loose_chunks(*store->loose_, *store));
  return store;
}

Result<std::unique_ptr<PackStore>> PackStore::open_beside(const std::string& directory, Store& rows,
                                                          ChunkPlaces::OpenBeside open_beside) {
  std::unique_ptr<PackStore> store(
      new PackStore(directory, rows, false, {}, system_sync_calls(), std::move(open_beside)));
  PURSER_TRY(store->open_root());
  return store;
}

Status PackStore::open_root() {
  root_ = UniqueFd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root_.valid()) return missing(directory_, errno);
  reader_ = std::make_unique<PackReader>(root_.get(), settings_.cache_bytes);
  loose_ = std::make_unique<LooseChunks>(root_.get());
  tail_ = std::make_unique<PackTail>(packs_path(), rows_, settings_.pack_bytes_max, sync_);
  return {};
}

Status PackStore::prepare_writing() {
  if (::mkdirat(root_.get(), kPacksDirectory, kDirectoryMode) != 0) {
    if (errno == EEXIST) return {};
    return io_error("create", packs_path());
  }
  if (sync_.file(root_.get()) != 0) return io_error("sync", directory_);
  const UniqueFd parent(::openat(root_.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid()) return io_error("open", directory_ + "/..");
  if (sync_.file(parent.get()) != 0) return io_error("sync", directory_ + "/..");
  return {};
}

Result<std::unique_ptr<ChunkStore::Batch>> PackStore::begin() {
  if (!writable_) return ReadOnly{ReadOnlyReason::opened_read_only};
  PURSER_TRY(check_usable());
  return std::unique_ptr<Batch>(std::make_unique<PackBatch>(*this));
}

Result<std::unique_ptr<ChunkStore::Sweep>> PackStore::begin_sweep() {
  if (!writable_) return ReadOnly{ReadOnlyReason::opened_read_only};
  PURSER_TRY(check_usable());
  return std::unique_ptr<Sweep>(std::make_unique<PackSweep>(*this));
}

// --- Reading ------------------------------------------------------------------------------------

Result<Block::Entry> PackStore::find_entry(const Block& block, const Digest& digest) const {
  const Block::Entry* entry = block.find(digest);
  if (entry == nullptr) {
    return Corruption{"chunk " + to_hex(digest), "its block holds other chunks"};
  }
  return *entry;
}

Result<std::string> PackStore::get(const Digest& digest) const {
  if (auto kept = reader_->kept_chunk(digest)) return *std::move(kept);
  return places_.read<std::string>(
      digest,
      [&](const BlockPlace& place) -> Result<std::string> {
        const auto block = reader_->block(place);
        if (!block) return of_chunk(block.error(), digest);
        PURSER_ASSIGN(const Block::Entry entry, find_entry(**block, digest));
        return std::string((*block)->bytes(entry));
      },
      [&] { return loose_->get(digest); });
}

Result<bool> PackStore::holds(const Digest& digest) const {
  PURSER_ASSIGN(const auto place, places_.find(digest));
  return place.has_value();
}

Result<std::uint64_t> PackStore::stored_bytes(const Digest& digest, std::uint32_t length) const {
  return places_.read<std::uint64_t>(
      digest,
      [&](const BlockPlace& place) -> Result<std::uint64_t> {
        PURSER_ASSIGN(const std::uint32_t plain, reader_->plain_bytes(place));
        return std::uint64_t{place.bytes} * length / plain;
      },
      [&]() -> Result<std::uint64_t> {
        PURSER_ASSIGN(const std::string bytes, loose_->get(digest));
        return std::uint64_t{bytes.size()};
      });
}

// No pack reaches where the number of the next one would be.
Result<std::uint64_t> PackStore::reading_order(const Digest& digest) const {
  constexpr int kOffsetBits = 36;
  PURSER_ASSIGN(const auto place, places_.find(digest));
  return place ? place->pack.value << kOffsetBits | place->offset : 0;
}

Result<std::uint64_t> PackStore::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  PURSER_ASSIGN(const std::vector<PackFile> packs, list_packs(root_.get()));
  for (const PackFile& pack : packs) bytes += pack.bytes;
  return bytes;
}

Status PackStore::check(const ChunkCheck& what, const ChunkCheckSinks& sinks) const {
  const OutsideOfPacks outside{
      [&](const Digest& chunk) { return loose_->get(chunk).has_value(); },
      [&](const Digest& chunk) { return is_lost(chunk); },
  };
  return check_packs(*rows_.snapshot(), root_.get(), *reader_, what, outside, sinks);
}

// What the index said a moment ago may have moved or gone since. By its place, whatever a block
// that is kept in memory may have of it.
bool PackStore::is_lost(const Digest& digest) const {
  const auto bytes = places_.read<std::string>(
      digest,
      [&](const BlockPlace& place) -> Result<std::string> {
        PURSER_ASSIGN(const Block block, reader_->read(place));
        PURSER_ASSIGN(const Block::Entry entry, find_entry(block, digest));
        return std::string(block.bytes(entry));
      },
      [&] { return loose_->get(digest); });
  if (bytes) return sha256(*bytes) != digest;
  const auto place = places_.find_now(digest, std::nullopt);
  return !place || place->has_value();
}

Result<RebuiltIndex> PackStore::rebuild_index() {
  if (!writable_) return ReadOnly{ReadOnlyReason::opened_read_only};
  const std::lock_guard commit(commit_mutex_);
  PURSER_TRY(check_usable());
  auto rebuilt = tail_->standing_still([&](const auto&) -> Result<RebuiltIndex> {
    // What a crash has left in packs need not be on the disk, and rows are about to name it.
    if (sync_.file_system(root_.get()) != 0) PURSER_TRY(broken(io_error("sync", directory_)));
    return rebuild_index_rows(rows_, root_.get());
  });
  const std::lock_guard lock(mutex_);
  ++rows_version_;  // who has looked before looks again
  ++erasures_;
  return rebuilt;
}

Status PackStore::forget(const std::vector<Digest>& lost) {
  if (!writable_) return ReadOnly{ReadOnlyReason::opened_read_only};
  const std::unique_ptr<RowReader> rows = rows_.snapshot();
  WriteSet changes;
  for (const Digest& chunk : lost) PURSER_TRY(erase_chunk(changes, *rows, chunk));
  return changes.empty() ? Status() : rows_.write(changes);
}

}  // namespace purser
