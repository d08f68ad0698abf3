#include "memory_chunk_store.h"

#include <iterator>
#include <mutex>
#include <vector>

#include "check.h"
#include "hash.h"
#include "try.h"

namespace purser {

class MemoryChunkStore::MemoryBatch final : public ChunkStore::Batch {
 public:
  explicit MemoryBatch(MemoryChunkStore& store) : store_(store) {
    const std::unique_lock lock(store_.mutex_);
    store_.holds_.enter(held_);
  }
  ~MemoryBatch() override {
    const std::unique_lock lock(store_.mutex_);
    store_.holds_.leave(held_);
  }
  MemoryBatch(const MemoryBatch&) = delete;
  MemoryBatch& operator=(const MemoryBatch&) = delete;

  Result<bool> put(const Digest& digest, std::string_view bytes) override {
    PURSER_CHECK(!bytes.empty() && bytes.size() <= kStoredChunkBytesMax, "chunk size");
    const std::unique_lock lock(store_.mutex_);
    if (!held_.insert(digest).second || store_.chunks_.contains(digest)) return false;
    return staged_.try_emplace(digest, bytes).second;
  }

  Result<bool> hold(const Digest& digest) override {
    const std::unique_lock lock(store_.mutex_);
    const bool here = held_.contains(digest) || store_.chunks_.contains(digest);
    if (here) held_.insert(digest);
    return here;
  }

  Status commit() override {
    const std::unique_lock lock(store_.mutex_);
    store_.chunks_.merge(staged_);
    return {};
  }

 private:
  MemoryChunkStore& store_;
  ChunkHolds::Chunks held_;
  std::map<Digest, std::string> staged_;
};

class MemoryChunkStore::MemorySweep final : public ChunkStore::Sweep {
 public:
  explicit MemorySweep(MemoryChunkStore& store) : store_(store) {
    const std::unique_lock lock(store_.mutex_);
    store_.holds_.begin_sweep();
  }
  ~MemorySweep() override {
    const std::unique_lock lock(store_.mutex_);
    store_.holds_.end_sweep();
  }
  MemorySweep(const MemorySweep&) = delete;
  MemorySweep& operator=(const MemorySweep&) = delete;

  void keep(const Digest& digest, std::uint32_t) override { kept_.insert(digest); }

  Status run(const CollectOptions& options, const ProgressCallback&,
             CollectReport& report) override {
    const std::unique_lock lock(store_.mutex_);
    for (const Digest& chunk : kept_) {
      ++(store_.chunks_.contains(chunk) ? report.chunks_kept : report.chunks_missing);
    }
    for (auto chunk = store_.chunks_.begin(); chunk != store_.chunks_.end();) {
      const auto next = std::next(chunk);
      if (!kept_.contains(chunk->first) && !store_.holds_.holds(chunk->first)) {
        ++report.chunks_removed;
        report.bytes_removed += chunk->second.size();
        if (!options.dry_run) store_.chunks_.erase(chunk);
      }
      chunk = next;
    }
    return {};
  }

 private:
  MemoryChunkStore& store_;
  ChunkHolds::Chunks kept_;
};

Result<std::unique_ptr<ChunkStore::Batch>> MemoryChunkStore::begin() {
  return std::unique_ptr<Batch>(std::make_unique<MemoryBatch>(*this));
}

Result<std::unique_ptr<ChunkStore::Sweep>> MemoryChunkStore::begin_sweep() {
  return std::unique_ptr<Sweep>(std::make_unique<MemorySweep>(*this));
}

Result<std::string> MemoryChunkStore::get(const Digest& digest) const {
  const std::shared_lock lock(mutex_);
  const auto found = chunks_.find(digest);
  if (found == chunks_.end()) return Corruption{"chunk " + to_hex(digest), "it is missing"};
  return found->second;
}

Result<bool> MemoryChunkStore::holds(const Digest& digest) const {
  const std::shared_lock lock(mutex_);
  return chunks_.contains(digest);
}

Result<std::uint64_t> MemoryChunkStore::stored_bytes(const Digest&, std::uint32_t length) const {
  return length;
}

Result<std::uint64_t> MemoryChunkStore::bytes_on_disk() const {
  const std::shared_lock lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [digest, chunk] : chunks_) bytes += chunk.size();
  return bytes;
}

Status MemoryChunkStore::check(const ChunkCheck& what, const ChunkCheckSinks& sinks) const {
  std::vector<Digest> there;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [digest, bytes] : chunks_) there.push_back(digest);
  }
  for (const Digest& digest : there) {  // sinks may come back here
    std::uint64_t size = 0;
    {
      const std::shared_lock lock(mutex_);
      const auto chunk = chunks_.find(digest);
      if (chunk != chunks_.end() && !what.quick) {
        size = chunk->second.size();
        if (sha256(chunk->second) != digest) sinks.lost({digest, "its SHA-256 differs"});
      }
    }
    PURSER_TRY(sinks.read(size));
  }
  for (const Digest& digest : what.named) {
    const std::shared_lock lock(mutex_);
    if (!chunks_.contains(digest)) sinks.lost({digest, "it is missing"});
  }
  return {};
}

Result<RebuiltIndex> MemoryChunkStore::rebuild_index() { return RebuiltIndex(); }

Status MemoryChunkStore::forget(const std::vector<Digest>& lost) {
  const std::unique_lock lock(mutex_);
  for (const Digest& digest : lost) chunks_.erase(digest);
  return {};
}

}  // namespace purser
