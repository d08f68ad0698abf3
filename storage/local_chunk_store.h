// A ChunkStore in a directory: one file for each chunk, `<first 2 hex digits>/<64 hex digits>`.
//
// Invariant: a file has its final name only after its content is on stable storage. So a chunk that
// is found needs no more than its directory synced. Chunks are written under `tmp/`, synced,
// renamed, and the directories synced. One process writes (the ledger's lock sees to that), any
// number read.
// A file under a chunk's name that does not hold its bytes is no chunk: `put` replaces it.
// On disk: docs/artifact-format.md, "Chunk files".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "chunk_store.h"
#include "posix.h"
#include "unique_fd.h"

namespace purser {

class LocalChunkStore final : public ChunkStore {
 public:
  /// Opens `directory`. With `writable` makes it first if it is missing (0700, its parent must
  /// exist) and removes what dead processes left in `tmp/`; without, writes nothing ever, and
  /// `begin` is ReadOnly. Errors: Corruption (no such directory, not `writable`), Io.
  static Result<std::unique_ptr<LocalChunkStore>> open(const std::string& directory, bool writable,
                                                       const SyncCalls& sync = system_sync_calls());

  Result<std::unique_ptr<Batch>> begin() override;
  Result<std::string> get(const Digest& digest) const override;

 private:
  class LocalBatch;
  struct OpenChunk {
    UniqueFd fd;  // at the first byte of the content
    std::uint64_t length = 0;
    std::uint64_t checksum = 0;
  };

  LocalChunkStore(std::string directory, bool writable, const SyncCalls& sync)
      : directory_(std::move(directory)), writable_(writable), sync_(sync) {}
  Status prepare_writing();
  // A chunk whose header and size are right; its content is unread.
  Result<OpenChunk> open_chunk(const Digest& digest) const;
  // Notes the failure of a sync for good.
  Error sync_failure(std::string_view path);

  const std::string directory_;
  const bool writable_;
  const SyncCalls sync_;
  UniqueFd root_;
  UniqueFd temporary_;                       // tmp/, when writable
  std::atomic<std::uint64_t> next_name_{0};  // in tmp/
  std::atomic<bool> sync_failed_{false};
  std::atomic<bool> parent_synced_{false};  // the entry of `directory_` itself is durable
};

}  // namespace purser
