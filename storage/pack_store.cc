#include "pack_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <unordered_set>

#include "beneath.h"
#include "check.h"
#include "pack_check.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kBlockBytesWished = std::size_t{256} << 10;
constexpr std::size_t kPendingMax = 65'536;
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

// --- A batch: what one caller relies on ---------------------------------------------------------

class PackStore::PackBatch final : public ChunkStore::Batch {
 public:
  explicit PackBatch(PackStore& store) : store_(store) {}

  // Looks again where a commit came in between: what was pending may have got its row.
  Result<bool> put(const Digest& digest, std::string_view bytes) override {
    if (put_.contains(digest)) return false;
    while (true) {
      PURSER_ASSIGN(const bool held, has_row(digest));
      if (held) return false;
      PURSER_ASSIGN(const auto sequence, store_.gather(digest, bytes, seen_));
      if (!sequence) continue;
      last_ = std::max(last_, *sequence);
      put_.insert(digest);
      return true;
    }
  }

  Status commit() override { return store_.commit_up_to(last_); }

 private:
  // By rows as they were at the latest commit: a snapshot is dear, and looked at often.
  Result<bool> has_row(const Digest& digest) {
    const Sequence committed = store_.committed();
    if (!rows_ || committed != seen_) {
      rows_ = store_.rows_.snapshot();
      seen_ = committed;
    }
    PURSER_ASSIGN(const auto place, find_chunk(*rows_, digest));
    return place.has_value();
  }

  PackStore& store_;
  std::unordered_set<Digest, DigestHash> put_;
  std::unique_ptr<RowReader> rows_;
  Sequence seen_ = 0;  // what was committed when `rows_` was taken
  Sequence last_ = 0;  // the last block that holds something of this batch
};

// --- Opening ------------------------------------------------------------------------------------

Result<std::unique_ptr<PackStore>> PackStore::open(const std::string& directory, Store& rows,
                                                   bool writable, const PackSettings& settings,
                                                   const SyncCalls& sync) {
  std::unique_ptr<PackStore> store(new PackStore(directory, rows, writable, settings, sync));
  if (writable && ::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return io_error("create", directory);
  }
  store->root_ =
      UniqueFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!store->root_.valid()) return missing(directory, errno);
  if (writable) PURSER_TRY(store->prepare_writing());
  store->reader_ = std::make_unique<PackReader>(store->root_.get(), settings.cache_bytes);
  store->loose_ = std::make_unique<LooseChunks>(store->root_.get());
  if (writable) PURSER_TRY(move_loose_chunks(*store->loose_, *store));
  return store;
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

// --- Reading ------------------------------------------------------------------------------------

Result<std::string> PackStore::get(const Digest& digest) const {
  if (auto kept = reader_->kept_chunk(digest)) return *std::move(kept);
  PURSER_ASSIGN(const auto place, find_chunk(*rows_.snapshot(), digest));
  if (!place) return loose_->get(digest);
  const auto block = reader_->block(*place);
  if (!block) return of_chunk(block.error(), digest);
  const Block::Entry* entry = (*block)->find(digest);
  if (entry == nullptr) {
    return Corruption{"chunk " + to_hex(digest), "its block holds other chunks"};
  }
  return std::string((*block)->bytes(*entry));
}

Result<bool> PackStore::holds(const Digest& digest) const {
  PURSER_ASSIGN(const auto place, find_chunk(*rows_.snapshot(), digest));
  return place.has_value();
}

Result<std::uint64_t> PackStore::stored_bytes(const Digest& digest, std::uint32_t length) const {
  PURSER_ASSIGN(const auto place, find_chunk(*rows_.snapshot(), digest));
  if (!place) {
    PURSER_ASSIGN(const std::string bytes, loose_->get(digest));
    return std::uint64_t{bytes.size()};
  }
  PURSER_ASSIGN(const std::uint32_t plain, reader_->plain_bytes(*place));
  return std::uint64_t{place->bytes} * length / plain;
}

Result<std::uint64_t> PackStore::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  PURSER_ASSIGN(const std::vector<PackEnd> ends, all_pack_ends(*rows_.snapshot()));
  for (const PackEnd& end : ends) {
    PURSER_ASSIGN(const std::uint64_t pack, reader_->pack_bytes(end.pack));
    bytes += pack;
  }
  return bytes;
}

Status PackStore::check(bool quick, const ChunkDamageSink& report) const {
  return check_packs(*rows_.snapshot(), *reader_, quick, report);
}

Status PackStore::forget(const std::vector<Digest>& lost) {
  if (!writable_) return ReadOnly{ReadOnlyReason::opened_read_only};
  const std::unique_ptr<RowReader> rows = rows_.snapshot();
  WriteSet changes;
  for (const Digest& chunk : lost) PURSER_TRY(erase_chunk(changes, *rows, chunk));
  return changes.empty() ? Status() : rows_.write(changes);
}

// --- Writing ------------------------------------------------------------------------------------

Status PackStore::check_usable() const {
  const std::lock_guard lock(mutex_);
  return broken_ ? Status(unusable()) : Status();
}

Error PackStore::unusable() const {
  return Io{"write", directory_, "an earlier write failed; open the ledger again"};
}

Status PackStore::broken(Status status) {
  const std::lock_guard lock(mutex_);
  broken_ = true;
  return status;
}

PackStore::Sequence PackStore::committed() const {
  const std::lock_guard lock(mutex_);
  return committed_;
}

// Returns the block that holds the chunk; nothing where the caller's rows are older than the latest
// commit.
Result<std::optional<PackStore::Sequence>> PackStore::gather(const Digest& digest,
                                                             std::string_view bytes,
                                                             Sequence seen) {
  std::optional<Filled> filled;
  Sequence sequence = 0;
  bool many = false;
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return unusable();
    if (const auto found = pending_.find(digest); found != pending_.end()) {
      return std::optional(found->second);
    }
    if (seen != committed_) return std::optional<Sequence>();
    pending_.emplace(digest, sequence_);
    sequence = sequence_;
    gathered_.add(digest, bytes);
    if (gathered_.plain_bytes() >= kBlockBytesWished) filled = take_gathered();
    many = pending_.size() >= kPendingMax;
  }
  if (filled) PURSER_TRY(write_block(*std::move(filled)));
  if (many) PURSER_TRY(commit_up_to(sequence));
  return std::optional(sequence);
}

// With mutex_ held.
PackStore::Filled PackStore::take_gathered() {
  unwritten_.insert(sequence_);
  return {std::exchange(gathered_, {}), sequence_++};
}

Status PackStore::write_block(Filled filled) {
  const std::string encoded = filled.block.encode(settings_.compression_level);
  const Sequence sequence = filled.sequence;
  Status appended = append(std::move(filled), encoded);
  const std::lock_guard lock(mutex_);
  if (!appended) broken_ = true;
  unwritten_.erase(sequence);
  block_written_.notify_all();
  return appended;
}

Status PackStore::append(Filled filled, const std::string& encoded) {
  const std::lock_guard lock(append_mutex_);
  if (!writer_) {
    PURSER_ASSIGN(const auto last, last_pack_end(*rows_.snapshot()));
    PURSER_ASSIGN(PackWriter writer,
                  PackWriter::open(packs_path(), last, settings_.pack_bytes_max, sync_));
    writer_ = std::make_unique<PackWriter>(std::move(writer));
  }
  PURSER_ASSIGN(const BlockPlace place, writer_->append(encoded));
  written_.push_back({filled.block.digests(), place});
  return {};
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
  if (filled) PURSER_TRY(write_block(*std::move(filled)));
  const Sequence up_to = wait_for_blocks();
  PURSER_TRY(check_usable());
  if (Status status = write_rows(); !status) return broken(std::move(status));
  const std::lock_guard lock(mutex_);
  committed_ = up_to;
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

// What was appended becomes durable, then found.
Status PackStore::write_rows() {
  const std::lock_guard lock(append_mutex_);
  if (written_.empty()) return {};
  PURSER_TRY(writer_->sync());
  WriteSet changes;
  for (const Written& block : written_) {
    for (const Digest& chunk : block.chunks) put_chunk_place(changes, chunk, block.place);
  }
  for (const PackEnd& end : writer_->take_ends()) put_pack_end(changes, end.pack, end.bytes);
  PURSER_TRY(rows_.write(changes));
  written_.clear();
  return {};
}

}  // namespace purser
