// Rows that say where a chunk is, and how far packs are durable. Derived: the packs alone would do.
//
// A row is written once, under the chunk and its pack, so that a reader in another process never
// sees a stale place; a chunk that moved has two rows for a while. Free functions.
// Keys: docs/storage-format.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "purser/status.h"
#include "purser/types.h"
#include "store.h"

namespace purser {

struct PackNumberTag;
using PackNumber = StrongNumber<PackNumberTag>;  ///< from 1, ascending

/// One block of one pack.
struct BlockPlace {
  PackNumber pack;
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
  friend bool operator==(const BlockPlace&, const BlockPlace&) = default;
};

void put_chunk_place(WriteSet& changes, const Digest& chunk, const BlockPlace& place);
/// The place in the latest pack that has it. Errors: Corruption, Io.
Result<std::optional<BlockPlace>> find_chunk(const RowReader& rows, const Digest& chunk);

/// Gets a row that is not well-formed, as far as its key says what it is of.
using DamagedPlaceSink = std::function<void(const Digest& chunk, const Corruption& damage)>;
/// Every place of every chunk. Errors: Io; Corruption where there is no sink for it.
Status visit_chunk_places(
    const RowReader& rows,
    const std::function<void(const Digest& chunk, const BlockPlace& place)>& visit,
    const DamagedPlaceSink& damaged = {});
/// Every place of a chunk whose bytes are lost: from now on it counts as never stored.
Status erase_chunk(WriteSet& changes, const RowReader& rows, const Digest& chunk);

/// All rows of places, and all rows of ends.
[[nodiscard]] KeyRange chunk_place_rows();
[[nodiscard]] KeyRange pack_end_rows();
/// The pack that the key of a place names; nothing where it is no such key.
[[nodiscard]] std::optional<PackNumber> pack_of_place(std::string_view key);

/// One place of a chunk: its pack is about to go.
void erase_chunk_place(WriteSet& changes, const Digest& chunk, PackNumber pack);

/// A pack counts up to `bytes`; what lies behind was never acknowledged. At 0 the pack is gone, and
/// its number is not given out again.
void put_pack_end(WriteSet& changes, PackNumber pack, std::uint64_t bytes);
void erase_pack_end(WriteSet& changes, PackNumber pack);
struct PackEnd {
  PackNumber pack;
  std::uint64_t bytes = 0;
};
using DamagedEndSink = std::function<void(PackNumber pack, const Corruption& damage)>;
/// Ascending. Errors: as those of visit_chunk_places.
Result<std::vector<PackEnd>> all_pack_ends(const RowReader& rows,
                                           const DamagedEndSink& damaged = {});
/// Of the pack with the highest number.
Result<std::optional<PackEnd>> last_pack_end(const RowReader& rows);

}  // namespace purser
