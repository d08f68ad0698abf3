// A sweep of a PackStore: packs of which too much is dead go, what lives in them moves first.
//
// A chunk lives if it was marked (`keep`) or is held (chunk_holds.h). For each pack that goes:
// 1. What lives in it is appended to new packs. They are synced, then rows name the new places;
//    readers find those first, since their packs have higher numbers.
// 2. Under the lock by which batches come to hold chunks: if another chunk lives by now, back to 1;
//    else all the others are condemned, so that nobody comes to hold them any more.
// 3. One write, or a few, erase the rows of its chunks and then its own.
// 4. Its file is unlinked; afterwards the directory is synced.
// A crash after any step leaves places that nobody looks at, or a file that no row knows; the next
// sweep takes the first for dead and removes the second.
//
// The number of a pack is never given out again: the row of the last one stays, at length 0.
// Memory: some 150 bytes for each chunk that lives or has a row, and 64 MiB of what moves.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pack_move.h"
#include "pack_store.h"

namespace purser {

class PackStore::PackSweep final : public ChunkStore::Sweep {
 public:
  explicit PackSweep(PackStore& store);
  ~PackSweep() override;
  PackSweep(const PackSweep&) = delete;
  PackSweep& operator=(const PackSweep&) = delete;

  void keep(const Digest& digest, std::uint32_t length) override;
  Status run(const CollectOptions& options, const ProgressCallback& progress,
             CollectReport& report) override;

 private:
  struct Kept {
    std::uint32_t length = 0;
    std::uint32_t rank = 0;  // in the order of keeping
    bool found = false;      // has a row
  };
  struct Pack {
    std::uint64_t file_bytes = 0;
    std::vector<PlacedChunk> chunks;  // that are here and nowhere newer
    std::vector<Digest> moved_away;   // old places of others
    // Of blocks in which something lives:
    std::uint64_t blocks = 0;
    std::uint64_t plain_bytes = 0;
    double live_bytes = 0;  // as they are stored
    std::size_t live_chunks = 0;
    bool damaged = false;
    [[nodiscard]] double dead_bytes() const;
    [[nodiscard]] bool is_compressed_again() const;
  };
  using Packs = std::map<PackNumber, Pack>;
  using Group = std::vector<Packs::value_type*>;

  // Looking.
  Status look();
  Status look_at_rows();
  Status measure(Pack& pack) const;
  Status measure_block(std::span<const PlacedChunk> chunks, Pack& pack) const;
  [[nodiscard]] bool is_live(const Digest& chunk) const;
  std::vector<Group> choose(PackNumber last);
  [[nodiscard]] bool goes(const Pack& pack) const;
  void count_what_stays(const std::vector<Group>& groups);
  Status dry_run(const std::vector<Group>& groups);

  // Doing.
  Status rewrite(Group& group);
  Status leave_out_what_has_no_room(Group& group);
  Status move(std::vector<PlacedChunk> chunks);
  Status remove(PackNumber number, Pack& pack);
  std::vector<PlacedChunk> condemn(const Pack& pack);
  Status erase_rows(PackNumber number, const Pack& pack);
  Status unlink(PackNumber number, std::uint64_t bytes);
  Result<std::vector<PackFile>> leftovers() const;
  Status remove_leftovers();
  Status remove_loose();
  Status step(std::uint64_t packs, std::uint64_t bytes);
  Status broken_if(Status status);

  PackStore& store_;
  UniqueFd directory_;
  std::unordered_map<Digest, Kept, DigestHash> kept_;
  Packs packs_;
  PackNumber last_;  // of all that have a row
  std::unordered_set<Digest, DigestHash> moved_;
  std::set<PackNumber> damaged_;
  CollectOptions options_;
  const ProgressCallback* progress_callback_ = nullptr;
  Progress progress_;
  CollectReport* report_ = nullptr;
};

}  // namespace purser
