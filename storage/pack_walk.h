// Walks over the blocks of a pack by what the pack itself says, without any rows.
//
// Blocks lie one behind the other. Where one is not whole, the walk goes on at the next place that
// begins like a block and is one: its checksum, the frame and the SHA-256 of each chunk decide, so
// whatever is visited is a chunk, however its bytes came to lie there. Free functions, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "chunk_index.h"
#include "pack_block.h"
#include "purser/status.h"

namespace purser {

/// What a walk met besides whole blocks.
struct WalkedPack {
  std::uint64_t file_bytes = 0;
  std::uint64_t end = 0;            ///< of the last whole block, or of the header
  std::uint64_t damaged_bytes = 0;  ///< before `end`, in no whole block
};

/// Gets every whole block, ascending, and where it is. An error ends the walk with that error.
using BlockVisitor = std::function<Status(const BlockPlace& place, const Block& block)>;

/// `root`: the open directory of the chunks. Memory: two blocks. Reads no more than sixteen times
/// the length of the pack, whatever is in it; past that nothing more is looked for. With `sync`,
/// what was visited is on stable storage in the end. Errors: Corruption of the pack's header,
/// UnsupportedVersion, Io.
Result<WalkedPack> walk_pack(int root, PackNumber pack, bool sync, const BlockVisitor& visit);

/// The chunks of one block, by its header and table alone: their checksum, which covers the whole
/// block, is not compared. Errors: Corruption where there is no such block, UnsupportedVersion, Io.
Result<std::vector<Digest>> block_table(int root, const BlockPlace& place);

}  // namespace purser
