#include "pack_tail.h"

#include "try.h"

namespace purser {

Result<BlockPlace> PackTail::append(const BlockBuilder& block, const std::string& encoded) {
  const std::lock_guard lock(mutex_);
  if (!writer_) PURSER_TRY(open_writer());
  PURSER_ASSIGN(const BlockPlace place, writer_->append(encoded));
  written_.push_back({block.digests(), place});
  return place;
}

// With mutex_ held.
Status PackTail::open_writer() {
  PURSER_ASSIGN(auto last, last_pack_end(*rows_.snapshot()));
  if (last && (last->bytes == 0 || last->pack <= ended_)) last->bytes = pack_bytes_max_;
  PURSER_ASSIGN(PackWriter writer, PackWriter::open(directory_, last, pack_bytes_max_, sync_));
  writer_ = std::make_unique<PackWriter>(std::move(writer));
  return {};
}

Status PackTail::commit() {
  std::unique_lock lock(mutex_);
  return commit_with(lock);
}

// Others go on appending meanwhile: `lock` is free for as long as it takes.
Status PackTail::commit_with(std::unique_lock<std::mutex>& lock) {
  if (written_.empty()) return {};
  const std::vector<Written> written = std::exchange(written_, {});
  const std::vector<PackWriter::Pack> packs = writer_->packs();
  lock.unlock();
  PURSER_TRY(writer_->sync(packs));
  WriteSet changes;
  for (const Written& block : written) {
    for (const Digest& chunk : block.chunks) put_chunk_place(changes, chunk, block.place);
  }
  for (const PackWriter::Pack& pack : packs) {
    put_pack_end(changes, pack.end.pack, pack.end.bytes);
  }
  PURSER_TRY(rows_.write(changes));
  lock.lock();
  writer_->forget_before(packs.back().end.pack);
  return {};
}

Result<PackNumber> PackTail::end() {
  std::unique_lock lock(mutex_);
  while (!written_.empty()) PURSER_TRY(commit_with(lock));
  PURSER_ASSIGN(const auto last, last_pack_end(*rows_.snapshot()));
  ended_ = last ? last->pack : PackNumber{};
  if (writer_) writer_->end_pack();
  return ended_;
}

}  // namespace purser
