#include "memory_chunk_store.h"

#include <mutex>

#include "check.h"
#include "hash.h"

namespace purser {

class MemoryChunkStore::MemoryBatch final : public ChunkStore::Batch {
 public:
  explicit MemoryBatch(MemoryChunkStore& store) : store_(store) {}

  Result<bool> put(const Digest& digest, std::string_view bytes) override {
    PURSER_CHECK(!bytes.empty() && bytes.size() <= kStoredChunkBytesMax, "chunk size");
    {
      const std::shared_lock lock(store_.mutex_);
      if (store_.chunks_.contains(digest)) return false;
    }
    return staged_.try_emplace(digest, bytes).second;
  }

  Status commit() override {
    const std::unique_lock lock(store_.mutex_);
    store_.chunks_.merge(staged_);
    return {};
  }

 private:
  MemoryChunkStore& store_;
  std::map<Digest, std::string> staged_;
};

Result<std::unique_ptr<ChunkStore::Batch>> MemoryChunkStore::begin() {
  return std::unique_ptr<Batch>(std::make_unique<MemoryBatch>(*this));
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

Status MemoryChunkStore::check(bool quick, const ChunkDamageSink& report) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [digest, bytes] : chunks_) {
    if (!quick && sha256(bytes) != digest) report({digest, "its SHA-256 differs"});
  }
  return {};
}

Status MemoryChunkStore::forget(const std::vector<Digest>& lost) {
  const std::unique_lock lock(mutex_);
  for (const Digest& digest : lost) chunks_.erase(digest);
  return {};
}

}  // namespace purser
