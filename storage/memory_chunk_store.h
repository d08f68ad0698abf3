// A ChunkStore in memory, for ledgers without a disk.
#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

#include "chunk_holds.h"
#include "chunk_store.h"

namespace purser {

class MemoryChunkStore final : public ChunkStore {
 public:
  Result<std::unique_ptr<Batch>> begin() override;
  Result<std::unique_ptr<Sweep>> begin_sweep() override;
  Result<std::string> get(const Digest& digest) const override;
  Result<bool> holds(const Digest& digest) const override;
  Result<std::uint64_t> stored_bytes(const Digest& digest, std::uint32_t length) const override;
  Result<std::uint64_t> reading_order(const Digest&) const override { return 0; }
  Result<std::uint64_t> bytes_on_disk() const override;
  Status check(const ChunkCheck& what, const ChunkCheckSinks& sinks) const override;
  Result<RebuiltIndex> rebuild_index() override;
  Status forget(const std::vector<Digest>& lost) override;

 private:
  class MemoryBatch;
  class MemorySweep;

  mutable std::shared_mutex mutex_;  // guards what follows
  std::map<Digest, std::string> chunks_;
  ChunkHolds holds_;
};

}  // namespace purser
