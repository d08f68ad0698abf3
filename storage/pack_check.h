// Looks over the blocks that the index of chunks points to.
//
// Memory: some 60 bytes for each chunk. Free functions.
#pragma once

#include <functional>
#include <vector>

#include "chunk_store.h"
#include "pack_reader.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// What packs and these rows do not say.
struct OutsideOfPacks {
  /// Whether a chunk without a row is held in another way.
  std::function<bool(const Digest& chunk)> holds;
  /// Whether what was found wrong with a chunk still is: it may have moved or gone since.
  std::function<bool(const Digest& chunk)> still_wrong;
};

/// Says of every chunk of the index whether its block is there and holds it: quick by the block's
/// table alone, otherwise by reading it, its checksum, and the SHA-256 of each chunk. Whatever
/// cannot be had, and what is named and is in no row, is then looked for in all packs. Packs must
/// count up to the end of every block in them. `root`: the open directory of the chunks. Errors:
/// UnsupportedVersion, Io.
Status check_packs(const RowReader& rows, int root, const PackReader& packs, const ChunkCheck& what,
                   const OutsideOfPacks& outside, const ChunkCheckSinks& sinks);

}  // namespace purser
