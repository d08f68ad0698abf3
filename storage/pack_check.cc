#include "pack_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "chunk_index.h"
#include "hash.h"
#include "pack_walk.h"
#include "pack_writer.h"
#include "parallel.h"
#include "try.h"

namespace purser {
namespace {

struct Placed {
  BlockPlace place;
  Digest chunk;
};
// Of one block; rows of one may disagree about its length, and then they are of two.
using Indexed = std::span<const Placed>;

auto order_of(const Placed& one) {
  return std::tuple(one.place.pack, one.place.offset, one.place.bytes);
}

// What the index says, in the order in which it lies.
class Index {
 public:
  // Notes which of `named` are in no row.
  Status read(const RowReader& rows, const std::vector<Digest>& named,
              const DamagedPlaceSink& damaged) {
    auto next = named.begin();
    const auto meet = [&](const Digest& chunk) {
      for (; next != named.end() && *next < chunk; ++next) missing_.push_back(*next);
      if (next != named.end() && *next == chunk) ++next;
    };
    const auto visit = [&](const Digest& chunk, const BlockPlace& place) {
      meet(chunk);
      placed_.push_back({place, chunk});
    };
    PURSER_TRY(visit_chunk_places(rows, visit, damaged));
    missing_.insert(missing_.end(), next, named.end());
    std::ranges::sort(placed_, {}, order_of);
    for (auto begin = placed_.begin(); begin != placed_.end();) {
      const auto end =
          std::ranges::upper_bound(begin, placed_.end(), order_of(*begin), {}, order_of);
      blocks_.push_back({begin, end});
      begin = end;
    }
    return {};
  }

  [[nodiscard]] const std::vector<Indexed>& blocks() const { return blocks_; }
  [[nodiscard]] const std::vector<Digest>& missing() const { return missing_; }

 private:
  std::vector<Placed> placed_;
  std::vector<Indexed> blocks_;  // of placed_
  std::vector<Digest> missing_;
};

std::string name_of(const BlockPlace& place) {
  return fmt::format("block at {} of pack {}", place.offset, pack_name(place.pack));
}

class PackCheck {
 public:
  PackCheck(int root, const PackReader& packs, bool quick, const ChunkCheckSinks& sinks)
      : root_(root), packs_(packs), quick_(quick), sinks_(sinks) {}

  Status check(const Indexed& indexed) {
    const BlockPlace& place = indexed.front().place;
    const Status status = quick_ ? check_table(place, indexed) : check_block(place, indexed);
    if (status) {
      const std::lock_guard lock(mutex_);
      return sinks_.read(quick_ ? 0 : place.bytes);
    }
    if (!status.error().is<Corruption>()) return status;
    for (const Placed& one : indexed) suspect(one.chunk, status.error().cause());
    return {};
  }

  void suspect(const Digest& chunk, const std::string& what) {
    const std::lock_guard lock(mutex_);
    suspects_.emplace(chunk, what);
  }

  void acquit_unless(const std::function<bool(const Digest&)>& still_wrong) {
    std::erase_if(suspects_, [&](const auto& suspect) { return !still_wrong(suspect.first); });
  }

  // A row that is not well-formed, and which chunk it should be of.
  void damaged_row(const Digest& chunk, const Corruption& damage) {
    damaged_rows_.emplace(chunk, damage);
  }

  // What can be had somewhere else is the index's fault.
  Status judge() {
    if (suspects_.empty() && damaged_rows_.empty()) return {};
    PURSER_TRY(look_everywhere());
    for (const auto& [chunk, damage] : damaged_rows_) {
      if (!suspects_.contains(chunk)) sinks_.index({damage.where, "a row", damage.what});
    }
    std::map<Digest, std::string> sorted(suspects_.begin(), suspects_.end());
    for (const auto& [chunk, what] : sorted) {
      const auto found = found_.find(chunk);
      if (found == found_.end()) {
        sinks_.lost({chunk, what});
      } else {
        sinks_.index({"chunk " + to_hex(chunk), name_of(found->second), what});
      }
    }
    return {};
  }

  [[nodiscard]] bool all_whole() const { return suspects_.empty(); }

 private:
  Status check_table(const BlockPlace& place, const Indexed& indexed) {
    PURSER_ASSIGN(std::vector<Digest> table, block_table(root_, place));
    std::sort(table.begin(), table.end());
    for (const Placed& one : indexed) {
      if (!std::binary_search(table.begin(), table.end(), one.chunk)) {
        suspect(one.chunk, name_of(place) + " holds other chunks");
      }
    }
    return {};
  }

  Status check_block(const BlockPlace& place, const Indexed& indexed) {
    PURSER_ASSIGN(const Block block, packs_.read(place));
    for (const Placed& one : indexed) {
      const Block::Entry* entry = block.find(one.chunk);
      if (entry == nullptr) {
        suspect(one.chunk, name_of(place) + " holds other chunks");
      } else if (sha256(block.bytes(*entry)) != one.chunk) {
        suspect(one.chunk, "its SHA-256 differs");
      }
    }
    return {};
  }

  Status look_everywhere() {
    PURSER_ASSIGN(const std::vector<PackFile> packs, list_packs(root_));
    Workers workers;
    return workers.run(workers_for(packs.size()), [&](std::size_t) -> Status {
      for (std::size_t i = workers.next(); i < packs.size(); i = workers.next()) {
        if (workers.stopped()) return {};
        const auto walked = walk_pack(root_, packs[i].pack, false,
                                      [&](const BlockPlace& place, const Block& block) -> Status {
                                        return look_in(place, block);
                                      });
        if (!walked && !walked.error().is<Corruption>()) return walked.error();
      }
      return {};
    });
  }

  Status look_in(const BlockPlace& place, const Block& block) {
    const std::lock_guard lock(mutex_);
    for (const Block::Entry& entry : block.entries()) {
      if (suspects_.contains(entry.digest)) found_.emplace(entry.digest, place);
    }
    return sinks_.read(place.bytes);
  }

  const int root_;
  const PackReader& packs_;
  const bool quick_;
  const ChunkCheckSinks& sinks_;
  std::mutex mutex_;  // guards what follows, and the sinks
  std::unordered_map<Digest, std::string, DigestHash> suspects_;  // and what is wrong
  std::map<Digest, Corruption> damaged_rows_;
  std::unordered_map<Digest, BlockPlace, DigestHash> found_;
};

// Each pack counts up to the last of its blocks at least, and no further than it reaches.
Status check_ends(const RowReader& rows, const PackReader& packs,
                  const std::vector<Indexed>& blocks, const ChunkCheckSinks& sinks) {
  std::map<PackNumber, std::uint64_t> needed;
  for (const Indexed& block : blocks) {
    std::uint64_t& end = needed[block.front().place.pack];
    end = std::max(end, block.front().place.offset + block.front().place.bytes);
  }
  const auto differs = [&](PackNumber pack, const std::string& expected, const std::string& found) {
    sinks.index({"pack " + pack_name(pack), expected, found});
  };
  const auto damaged = [&](PackNumber pack, const Corruption& damage) {
    differs(pack, "a row", damage.what);
    needed.erase(pack);
  };
  PURSER_ASSIGN(const std::vector<PackEnd> ends, all_pack_ends(rows, damaged));
  for (const PackEnd& end : ends) {
    const auto found = needed.find(end.pack);
    const std::uint64_t least = found == needed.end() ? 0 : found->second;
    if (found != needed.end()) needed.erase(found);
    if (end.bytes == 0 && least == 0) continue;  // it is gone
    const auto bytes = packs.pack_bytes(end.pack);
    if (!bytes && !bytes.error().is<Corruption>()) return bytes.error();
    if (!bytes) {
      differs(end.pack, "a pack", bytes.error().cause());
    } else if (end.bytes < least || end.bytes > *bytes) {
      differs(end.pack, fmt::format("to count up to {} at least, {} at most", least, *bytes),
              fmt::format("up to {}", end.bytes));
    }
  }
  for (const auto& [pack, end] : needed) {
    differs(pack, fmt::format("to count up to {} at least", end), "nothing");
  }
  return {};
}

}  // namespace

Status check_packs(const RowReader& rows, int root, const PackReader& packs, const ChunkCheck& what,
                   const OutsideOfPacks& outside, const ChunkCheckSinks& sinks) {
  PackCheck check(root, packs, what.quick, sinks);
  Index index;
  PURSER_TRY(index.read(rows, what.named, [&](const Digest& chunk, const Corruption& damage) {
    check.damaged_row(chunk, damage);
  }));
  const std::vector<Indexed>& blocks = index.blocks();
  Workers workers;
  PURSER_TRY(workers.run(workers_for(blocks.size()), [&](std::size_t) -> Status {
    for (std::size_t i = workers.next(); i < blocks.size(); i = workers.next()) {
      if (workers.stopped()) return {};
      PURSER_TRY(check.check(blocks[i]));
    }
    return {};
  }));
  check.acquit_unless(outside.still_wrong);
  // Where blocks are lost, so may be the end of their pack, and that is no news.
  if (what.is_alone && check.all_whole()) PURSER_TRY(check_ends(rows, packs, blocks, sinks));
  for (const Digest& chunk : index.missing()) {
    if (!outside.holds(chunk)) check.suspect(chunk, "it is missing");
  }
  return check.judge();
}

}  // namespace purser
