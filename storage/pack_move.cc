#include "pack_move.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "hash.h"
#include "parallel.h"
#include "try.h"

namespace purser {
namespace {

using Bytes = std::vector<std::string>;  // of each chunk; empty: it is left out

// Reads every block once, whatever order its chunks are wanted in.
class Gathering {
 public:
  Gathering(const PackReader& packs, std::span<const PlacedChunk> chunks) : packs_(packs) {
    bytes_.resize(chunks.size());
    std::map<std::pair<PackNumber, std::uint64_t>, Wanted> blocks;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      Wanted& block = blocks[{chunks[i].place.pack, chunks[i].place.offset}];
      block.place = chunks[i].place;
      block.chunks.push_back({chunks[i].chunk, i});
    }
    for (auto& [key, block] : blocks) blocks_.push_back(std::move(block));
  }

  Result<Bytes> run(std::set<PackNumber>& damaged) {
    Workers workers;
    PURSER_TRY(workers.run(workers_for(blocks_.size()), [&](std::size_t) -> Status {
      for (std::size_t i = workers.next(); i < blocks_.size(); i = workers.next()) {
        if (workers.stopped()) return {};
        PURSER_ASSIGN(const bool whole, read(blocks_[i]));
        if (whole) continue;
        const std::lock_guard lock(mutex_);
        damaged.insert(blocks_[i].place.pack);
      }
      return {};
    }));
    return std::move(bytes_);
  }

 private:
  struct Wanted {
    BlockPlace place;
    std::vector<std::pair<Digest, std::size_t>> chunks;  // and where their bytes go
  };

  // False: not all that is wanted is there.
  Result<bool> read(Wanted& wanted) {
    const Result<Block> block = packs_.read(wanted.place);
    if (!block && block.error().is<Io>()) return block.error();
    if (!block) return false;
    std::sort(wanted.chunks.begin(), wanted.chunks.end());
    std::size_t found = 0;
    for (const Block::Entry& entry : block->entries()) {
      const auto chunk = std::lower_bound(wanted.chunks.begin(), wanted.chunks.end(),
                                          std::pair(entry.digest, std::size_t{0}));
      if (chunk == wanted.chunks.end() || chunk->first != entry.digest) continue;
      const std::string_view plain = block->bytes(entry);
      if (sha256(plain) != entry.digest) continue;
      if (bytes_[chunk->second].empty()) ++found;
      bytes_[chunk->second] = plain;
    }
    return found == wanted.chunks.size();
  }

  const PackReader& packs_;
  std::vector<Wanted> blocks_;
  Bytes bytes_;  // each touched by one thread
  std::mutex mutex_;
};

// Where new blocks begin: places in `bytes`, the end included.
std::vector<std::size_t> block_starts(const Bytes& bytes) {
  std::vector<std::size_t> starts;
  std::size_t plain = kMovedBlockBytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (plain >= kMovedBlockBytes) {
      starts.push_back(i);
      plain = 0;
    }
    plain += bytes[i].size();
  }
  starts.push_back(bytes.size());
  return starts;
}

}  // namespace

Status move_chunks(const PackReader& packs, std::span<const PlacedChunk> chunks,
                   const Compression& compression, const AppendBlock& append,
                   std::set<PackNumber>& damaged) {
  PURSER_ASSIGN(Bytes bytes, Gathering(packs, chunks).run(damaged));
  const std::vector<std::size_t> starts = block_starts(bytes);
  Workers workers;
  return workers.run(workers_for(starts.size() - 1), [&](std::size_t) -> Status {
    for (std::size_t i = workers.next(); i + 1 < starts.size(); i = workers.next()) {
      if (workers.stopped()) return {};
      BlockBuilder block;
      for (std::size_t at = starts[i]; at < starts[i + 1]; ++at) {
        if (!bytes[at].empty()) block.add(chunks[at].chunk, bytes[at]);
        std::string().swap(bytes[at]);
      }
      if (!block.empty()) PURSER_TRY(append(block, block.encode(compression)));
    }
    return {};
  });
}

}  // namespace purser
