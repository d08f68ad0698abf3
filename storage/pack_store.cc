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

constexpr std::size_t kBlockBytesWished = std::size_t{256} << 10;
constexpr std::size_t kPendingWished = 65'536;  // then a commit begins beside those who go on
constexpr std::size_t kPendingMax = 2 * kPendingWished;  // then they wait
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
  auto rebuilt =
      tail_->standing_still([&](const auto&) { return rebuild_index_rows(rows_, root_.get()); });
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

// --- Writing ------------------------------------------------------------------------------------

Status PackStore::check_usable() {
  const std::lock_guard lock(mutex_);
  return broken_ ? Status(unusable()) : Status();
}

// With mutex_ held. The first to ask hears what has happened.
Error PackStore::unusable() {
  if (untold_) return *std::exchange(untold_, std::nullopt);
  return Io{"write", directory_, "an earlier write failed; open the ledger again"};
}

Status PackStore::broken(Status status) {
  const std::lock_guard lock(mutex_);
  broken_ = true;
  return status;
}

// The same where nobody waits for an answer.
void PackStore::broken_aside(Error error) {
  const std::lock_guard lock(mutex_);
  if (!untold_) untold_ = std::move(error);
  broken_ = true;
}

PackStore::Sequence PackStore::rows_version() const {
  const std::lock_guard lock(mutex_);
  return rows_version_;
}

// Holds a chunk that was held after the so-manieth erasure, if there was none since.
bool PackStore::hold_unerased(const Digest& digest, Sequence erasures, ChunkHolds::Chunks& held) {
  const std::lock_guard lock(mutex_);
  if (erasures != erasures_ || condemned_.contains(digest)) return false;
  held.insert(digest);
  return true;
}

// Holds a chunk that has a row, unless it is about to be erased; nothing where rows of version
// `seen` are old.
std::optional<bool> PackStore::hold_found(const Digest& digest, Sequence seen,
                                          ChunkHolds::Chunks& held) {
  const std::lock_guard lock(mutex_);
  if (seen != rows_version_) return std::nullopt;
  if (condemned_.contains(digest)) return false;
  held.insert(digest);
  return true;
}

// Returns the block that holds the chunk; nothing where rows of version `seen` are old.
Result<std::optional<PackStore::Sequence>> PackStore::gather(const Digest& digest,
                                                             std::string_view bytes, Sequence seen,
                                                             ChunkHolds::Chunks& held) {
  std::optional<Filled> filled;
  Sequence sequence = 0;
  std::size_t pending = 0;
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return unusable();
    if (const auto found = pending_.find(digest); found != pending_.end()) {
      held.insert(digest);
      return std::optional(found->second);
    }
    if (seen != rows_version_) return std::optional<Sequence>();
    held.insert(digest);
    pending_.emplace(digest, sequence_);
    sequence = sequence_;
    gathered_.add(digest, bytes);
    if (gathered_.plain_bytes() >= kBlockBytesWished) filled = take_gathered();
    pending = pending_.size();
  }
  if (filled) {
    give(*std::move(filled));
    PURSER_TRY(check_usable());
  }
  if (pending >= kPendingMax) PURSER_TRY(commit_up_to(sequence));
  if (pending >= kPendingWished) commit_early(sequence);
  return std::optional(sequence);
}

// With mutex_ held.
PackStore::Filled PackStore::take_gathered() {
  unwritten_.insert(sequence_);
  return {std::exchange(gathered_, {}), sequence_++};
}

void PackStore::give(Filled filled) {
  helpers_.give(
      [this, shared = std::make_shared<const Filled>(std::move(filled))] { write_block(*shared); });
}

void PackStore::write_block(const Filled& filled) {
  const std::string encoded = filled.block.encode({settings_.compression_level});
  if (auto appended = tail_->append(filled.block, encoded); !appended) {
    broken_aside(std::move(appended).error());
  }
  const std::lock_guard lock(mutex_);
  unwritten_.erase(filled.sequence);
  block_written_.notify_all();
}

// So that the last commit of a large store is not all the work, and memory stays bounded.
void PackStore::commit_early(Sequence sequence) {
  const std::lock_guard lock(mutex_);
  if (committing_early_ || pending_.size() < kPendingWished) return;
  committing_early_ = true;
  early_commit_ = std::async(std::launch::async, [this, sequence] {
    if (Status status = commit_up_to(sequence); !status) broken_aside(std::move(status).error());
    const std::lock_guard done(mutex_);
    committing_early_ = false;
  });
}

Status PackStore::commit_up_to(Sequence sequence) {
  const std::lock_guard commit(commit_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (sequence <= committed_) return {};  // somebody else's commit took it along
  }
  PURSER_TRY(check_usable());
  return commit_all();
}

// With commit_mutex_ held.
Status PackStore::commit_all() {
  std::optional<Filled> filled;
  {
    const std::lock_guard lock(mutex_);
    if (!gathered_.empty()) filled = take_gathered();
  }
  if (filled) write_block(*filled);
  helpers_.finish();
  const Sequence up_to = wait_for_blocks();
  PURSER_TRY(check_usable());
  if (Status status = tail_->commit(); !status) return broken(std::move(status));
  const std::lock_guard lock(mutex_);
  committed_ = up_to;
  ++rows_version_;
  std::erase_if(pending_, [&](const auto& pending) { return pending.second <= up_to; });
  return {};
}

// Returns a block that is written, as all before it are.
PackStore::Sequence PackStore::wait_for_blocks() {
  std::unique_lock lock(mutex_);
  const Sequence last = sequence_ - 1;
  block_written_.wait(lock, [&] { return unwritten_.empty() || *unwritten_.begin() > last; });
  return last;
}

// What was appended until now becomes durable and found, whoever did it.
Status PackStore::commit_appended() {
  const std::lock_guard commit(commit_mutex_);
  PURSER_TRY(check_usable());
  Status status = tail_->commit();
  return status ? std::move(status) : broken(std::move(status));
}

// From now on no pack that has rows is appended to. Returns the last of them.
Result<PackNumber> PackStore::end_packs() {
  const std::lock_guard commit(commit_mutex_);
  PURSER_TRY(check_usable());
  auto last = tail_->end();
  if (!last) return broken(std::move(last).error()).error();
  return last;
}

}  // namespace purser
