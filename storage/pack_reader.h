// Reads blocks out of the packs of a directory, each checked, the latest ones kept in memory.
//
// Threads: any. Errors: Corruption{block and pack} for a pack that is missing or a block that is
// not what was stored, UnsupportedVersion, Io.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "chunk_index.h"
#include "hash.h"
#include "pack_block.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

class PackReader {
 public:
  /// `root`: the open directory of the chunks; must outlive the reader. `cache_bytes`: of plain
  /// blocks that are kept; the block that was asked for last always is.
  PackReader(int root, std::size_t cache_bytes) : root_(root), cache_bytes_(cache_bytes) {}

  /// A block that several threads ask for at once is read by one of them.
  Result<std::shared_ptr<const Block>> block(const BlockPlace& place) const;

  /// The same without keeping it.
  Result<Block> read(const BlockPlace& place) const;

  /// How many bytes the chunks of a block have, by its header alone.
  Result<std::uint32_t> plain_bytes(const BlockPlace& place) const;

  /// How long the file of a pack is now.
  Result<std::uint64_t> pack_bytes(PackNumber pack) const;

  /// The pack is gone: no file of it stays open, no block in memory.
  void forget(PackNumber pack);

  /// A chunk of a block that is kept in memory; nothing when it is in none.
  [[nodiscard]] std::optional<std::string> kept_chunk(const Digest& digest) const;

 private:
  using PlaceKey = std::pair<PackNumber, std::uint64_t>;
  struct Kept {
    PlaceKey key;
    std::shared_ptr<const Block> block;
  };
  struct KeptChunk {
    std::list<Kept>::iterator block;
    const Block::Entry* entry = nullptr;  // of that block
  };
  Result<std::shared_ptr<const UniqueFd>> open_pack(PackNumber pack) const;
  std::shared_ptr<const Block> kept(const PlaceKey& key) const;
  std::shared_ptr<const Block> kept_or_mine_to_read(const PlaceKey& key) const;
  void drop(std::list<Kept>::iterator kept) const;
  void keep(const PlaceKey& key, const std::shared_ptr<const Block>& block) const;

  const int root_;
  const std::size_t cache_bytes_;
  mutable std::mutex mutex_;  // guards all below
  mutable std::map<PackNumber, std::shared_ptr<const UniqueFd>> packs_;
  std::set<PackNumber> gone_;           // numbers that do not come again
  mutable std::set<PlaceKey> reading_;  // by some thread, the others wait
  mutable std::condition_variable has_read_;
  mutable std::list<Kept> blocks_;  // latest use first
  mutable std::map<PlaceKey, std::list<Kept>::iterator> by_place_;
  mutable std::unordered_map<Digest, KeptChunk, DigestHash> by_chunk_;
  mutable std::size_t kept_bytes_ = 0;
};

}  // namespace purser
