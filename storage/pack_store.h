// The ChunkStore of a ledger on disk: chunks in blocks, blocks in packs, and rows that say where.
//
// Batches share one stream of blocks. A chunk goes into the block that is being gathered; a full
// block is compressed beside others, by a thread that helps or else by the one that filled it, and
// appended to the last pack.
// `commit` makes all blocks durable that were gathered until then, and then, in one write, the rows
// of all their chunks: whoever waits for a commit meanwhile finds its own work done. So any number
// of batches cost a few syncs, and a chunk that several put at once is stored once.
//
// A sweep (pack_sweep.h) condemns chunks first, under the same lock by which batches come to hold
// what they find: what is condemned counts as not held, and who puts it stores it anew.
//
// A chunk without a row is not held. What a crash leaves in packs behind the last commit is cut off
// or left aside (pack_writer.h). Chunks of ledgers that had a file for each are still read
// (loose_chunks.h).
// Memory: one block for each thread, the chunks that are not committed yet (their digests only; a
// commit begins by itself at 65,536), and Options::chunk_cache_bytes of plain blocks.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chunk_holds.h"
#include "chunk_index.h"
#include "chunk_places.h"
#include "chunk_store.h"
#include "hash.h"
#include "helpers.h"
#include "loose_chunks.h"
#include "pack_block.h"
#include "pack_reader.h"
#include "pack_tail.h"
#include "parallel.h"
#include "posix.h"
#include "store.h"
#include "unique_fd.h"

namespace purser {

struct PackSettings {
  int compression_level = 3;  ///< of zstd; 0: none
  std::uint64_t pack_bytes_max = std::uint64_t{64} << 20;
  std::uint64_t disk_reserve_bytes = 0;  ///< `put` is NoSpace where less would be left
  std::uint64_t sweep_leaves_bytes = std::uint64_t{2} << 20;  ///< of the disk, for rows
  std::size_t cache_bytes = std::size_t{32} << 20;  // four blocks that a sweep has written
};

class PackStore final : public ChunkStore {
 public:
  /// Opens `directory`. With `writable` makes it first if it is missing (0700, its parent must
  /// exist); without, writes nothing ever, and `begin` is ReadOnly. `rows` must outlive it.
  /// Errors: Corruption (no such directory, not `writable`), Io.
  static Result<std::unique_ptr<PackStore>> open(const std::string& directory, Store& rows,
                                                 bool writable, const PackSettings& settings = {},
                                                 const SyncCalls& sync = system_sync_calls());

  /// The same, not writable, beside a process that may write and sweep. `open_beside` opens the
  /// rows once more (chunk_places.h).
  static Result<std::unique_ptr<PackStore>> open_beside(const std::string& directory, Store& rows,
                                                        ChunkPlaces::OpenBeside open_beside);

  Result<std::unique_ptr<Batch>> begin() override;
  Result<std::unique_ptr<Sweep>> begin_sweep() override;
  Result<std::string> get(const Digest& digest) const override;
  Result<bool> holds(const Digest& digest) const override;
  Result<std::uint64_t> stored_bytes(const Digest& digest, std::uint32_t length) const override;
  Result<std::uint64_t> reading_order(const Digest& digest) const override;
  Result<std::uint64_t> bytes_on_disk() const override;
  Status check(const ChunkCheck& what, const ChunkCheckSinks& sinks) const override;
  Result<RebuiltIndex> rebuild_index() override;
  Status forget(const std::vector<Digest>& lost) override;

 private:
  class PackBatch;
  class PackSweep;
  using Sequence = std::uint64_t;  // of a block, in the order of gathering
  struct Filled {
    BlockBuilder block;
    Sequence sequence = 0;
  };

  PackStore(std::string directory, Store& rows, bool writable, const PackSettings& settings,
            const SyncCalls& sync, ChunkPlaces::OpenBeside open_beside)
      : directory_(std::move(directory)),
        rows_(rows),
        writable_(writable),
        settings_(settings),
        sync_(sync),
        places_(rows, std::move(open_beside)) {}
  Status open_root();
  Status prepare_writing();
  [[nodiscard]] std::string packs_path() const { return directory_ + "/" + kPacksDirectory; }
  Result<Block::Entry> find_entry(const Block& block, const Digest& digest) const;
  [[nodiscard]] bool is_lost(const Digest& digest) const;

  [[nodiscard]] Sequence rows_version() const;
  bool hold_unerased(const Digest& digest, Sequence erasures, ChunkHolds::Chunks& held);
  std::optional<bool> hold_found(const Digest& digest, Sequence seen, ChunkHolds::Chunks& held);
  Result<std::optional<Sequence>> gather(const Digest& digest, std::string_view bytes,
                                         Sequence seen, ChunkHolds::Chunks& held);
  Status check_room(std::size_t bytes) const;
  void give_gathered();
  void write_block(const Filled& filled);
  Status append(const BlockBuilder& block);
  void commit_early(Sequence sequence);
  enum class Waiting { somebody, nobody };  // for the answer
  Status commit_up_to(Sequence sequence, Waiting waiting = Waiting::somebody);
  Status commit_all();
  void wait_for_blocks(Sequence last);
  Status commit_appended();
  Result<PackNumber> end_packs();
  Status check_usable();
  Error unusable();
  // Notes that what reached the medium is unknown, for good.
  Status broken(Status status);
  void broken_aside(Error error);

  const std::string directory_;
  Store& rows_;
  const bool writable_;
  const PackSettings settings_;
  const SyncCalls sync_;
  const ChunkPlaces places_;
  UniqueFd root_;
  std::unique_ptr<PackReader> reader_;
  std::unique_ptr<LooseChunks> loose_;

  mutable std::mutex mutex_;  // guards what follows
  BlockBuilder gathered_;
  Sequence sequence_ = 1;                                     // of the block being gathered
  std::unordered_map<Digest, Sequence, DigestHash> pending_;  // gathered, without a row yet
  std::set<Sequence> unwritten_;                              // full blocks on their way
  std::condition_variable block_written_;
  Sequence committed_ = 0;     // every block up to it has its rows
  Sequence rows_version_ = 0;  // goes up with every commit and every erasure
  Sequence erasures_ = 0;
  ChunkHolds holds_;
  ChunkHolds::Chunks condemned_;  // their rows are being erased
  bool broken_ = false;
  std::optional<Error> untold_;  // what broke it, until somebody hears of it
  bool committing_early_ = false;

  std::mutex commit_mutex_;  // one commit at a time; taken before the other
  std::unique_ptr<PackTail> tail_;
  // These end before all that they work with.
  Helpers helpers_{workers_for(kWorkersMax)};
  std::future<void> early_commit_;
};

}  // namespace purser
