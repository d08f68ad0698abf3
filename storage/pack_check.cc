#include "pack_check.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "chunk_index.h"
#include "hash.h"
#include "pack_writer.h"
#include "parallel.h"
#include "try.h"

namespace purser {
namespace {

// The blocks that the index points to, in the order in which they lie, and the chunks that should
// be in each.
struct Indexed {
  BlockPlace place;
  std::vector<Digest> chunks;
};

Result<std::vector<Indexed>> indexed_blocks(const RowReader& rows) {
  std::map<std::pair<PackNumber, std::uint64_t>, Indexed> blocks;
  PURSER_TRY(visit_chunk_places(rows, [&](const Digest& chunk, const BlockPlace& place) {
    Indexed& block = blocks[{place.pack, place.offset}];
    block.place = place;
    block.chunks.push_back(chunk);
  }));
  std::vector<Indexed> sorted;
  sorted.reserve(blocks.size());
  for (auto& [key, block] : blocks) sorted.push_back(std::move(block));
  return sorted;
}

// What is wrong with a block of which nothing can be had; nothing if it is whole.
std::string length_damage(const PackReader& packs, const BlockPlace& place) {
  const Result<std::uint64_t> bytes = packs.pack_bytes(place.pack);
  if (!bytes) return bytes.error().message();
  if (*bytes < place.offset + place.bytes) return "pack " + pack_name(place.pack) + " is cut short";
  return {};
}

class BlockCheck {
 public:
  BlockCheck(const PackReader& packs, bool quick, const ChunkDamageSink& report)
      : packs_(packs), quick_(quick), report_(report) {}

  Status check(const Indexed& indexed) {
    if (quick_) {
      say(indexed.chunks, length_damage(packs_, indexed.place));
      return {};
    }
    const Result<Block> block = packs_.read(indexed.place);
    if (!block) {
      if (block.error().is<Io>()) return block.error();
      say(indexed.chunks, block.error().message());
      return {};
    }
    for (const Digest& chunk : indexed.chunks) check_chunk(*block, chunk);
    return {};
  }

 private:
  void check_chunk(const Block& block, const Digest& chunk) {
    const Block::Entry* entry = block.find(chunk);
    if (entry == nullptr) return say({chunk}, "its block holds other chunks");
    if (sha256(block.bytes(*entry)) != chunk) say({chunk}, "its SHA-256 differs");
  }
  void say(const std::vector<Digest>& chunks, const std::string& what) {
    if (what.empty()) return;
    const std::lock_guard lock(mutex_);
    for (const Digest& chunk : chunks) report_({chunk, what});
  }

  const PackReader& packs_;
  const bool quick_;
  const ChunkDamageSink& report_;
  std::mutex mutex_;
};

}  // namespace

Status check_packs(const RowReader& rows, const PackReader& packs, bool quick,
                   const ChunkDamageSink& report) {
  PURSER_ASSIGN(const std::vector<Indexed> blocks, indexed_blocks(rows));
  BlockCheck check(packs, quick, report);
  Workers workers;
  return workers.run(workers_for(blocks.size()), [&](std::size_t) -> Status {
    for (std::size_t i = workers.next(); i < blocks.size(); i = workers.next()) {
      if (workers.stopped()) return {};
      PURSER_TRY(check.check(blocks[i]));
    }
    return {};
  });
}

}  // namespace purser
