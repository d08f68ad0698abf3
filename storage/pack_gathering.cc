// How chunks of all batches become blocks of a PackStore, and those durable.
#include <utility>

#include "disk_space.h"
#include "pack_store.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kBlockBytesWished = std::size_t{256} << 10;
constexpr std::size_t kPendingWished = 65'536;  // then a commit begins beside those who go on
constexpr std::size_t kPendingMax = 2 * kPendingWished;  // then they wait

}  // namespace

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
  bool filled = false;
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
    if (gathered_.empty()) PURSER_TRY(check_room(bytes.size()));
    held.insert(digest);
    pending_.emplace(digest, sequence_);
    sequence = sequence_;
    gathered_.add(digest, bytes);
    filled = gathered_.plain_bytes() >= kBlockBytesWished;
    if (filled) give_gathered();
    pending = pending_.size();
  }
  if (filled) {
    helpers_.relieve();
    PURSER_TRY(check_usable());
  }
  if (pending >= kPendingMax) PURSER_TRY(commit_up_to(sequence));
  if (pending >= kPendingWished) commit_early(sequence);
  return std::optional(sequence);
}

// With mutex_ held. Whether a block that begins with so many bytes has room behind those that are
// still to be written: asked before a chunk is taken, so that nothing fails half-way.
Status PackStore::check_room(std::size_t bytes) const {
  const std::size_t blocks = (unwritten_.size() + 1) * kBlockBytesWished + bytes;
  return check_space(directory_, reserve_and(settings_.disk_reserve_bytes, blocks));
}

// With mutex_ held, so that who waits for the block finds it in the line or at work.
void PackStore::give_gathered() {
  const auto filled =
      std::make_shared<const Filled>(Filled{std::exchange(gathered_, {}), sequence_++});
  unwritten_.insert(filled->sequence);
  helpers_.add([this, filled] { write_block(*filled); });
}

void PackStore::write_block(const Filled& filled) {
  if (Status status = append(filled.block); !status) broken_aside(std::move(status).error());
  const std::lock_guard lock(mutex_);
  unwritten_.erase(filled.sequence);
  block_written_.notify_all();
}

Status PackStore::append(const BlockBuilder& block) {
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return {};  // and known already
  }
  PURSER_TRY(tail_->append(block, block.encode({settings_.compression_level})));
  return {};
}

// So that the last commit of a large store is not all the work, and memory stays bounded.
void PackStore::commit_early(Sequence sequence) {
  const std::lock_guard lock(mutex_);
  if (committing_early_ || pending_.size() < kPendingWished) return;
  early_commit_ = std::async(std::launch::async, [this, sequence] {
    (void)commit_up_to(sequence, Waiting::nobody);
    const std::lock_guard done(mutex_);
    committing_early_ = false;
  });
  committing_early_ = true;  // the task cannot have ended: it would need the lock
}

// What fails is noted before the next commit begins: a second sync may report success wrongly.
Status PackStore::commit_up_to(Sequence sequence, Waiting waiting) {
  const std::lock_guard commit(commit_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (sequence <= committed_) return {};  // somebody else's commit took it along
  }
  Status status = check_usable();
  if (status) status = commit_all();
  if (status) return {};
  if (waiting == Waiting::somebody) return broken(std::move(status));
  broken_aside(std::move(status).error());
  return {};
}

// With commit_mutex_ held.
Status PackStore::commit_all() {
  Sequence up_to = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!gathered_.empty()) give_gathered();
    up_to = sequence_ - 1;
  }
  // Blocks that are filled from here on may stay in the line: their threads wait for this commit.
  helpers_.finish();
  wait_for_blocks(up_to);
  PURSER_TRY(check_usable());
  PURSER_TRY(tail_->commit());
  const std::lock_guard lock(mutex_);
  committed_ = up_to;
  ++rows_version_;
  std::erase_if(pending_, [&](const auto& pending) { return pending.second <= up_to; });
  return {};
}

// Until all up to this one are written. None of them may wait in the line.
void PackStore::wait_for_blocks(Sequence last) {
  std::unique_lock lock(mutex_);
  block_written_.wait(lock, [&] { return unwritten_.empty() || *unwritten_.begin() > last; });
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
