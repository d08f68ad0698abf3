// Copies chunks out of their blocks into new ones.
//
// The new blocks are large and compressed as a whole: what moves has been stored for a while, and
// like chunks that lie beside each other become small together.
// Memory: the plain bytes of all chunks of one call, and for each thread a block and what zstd
// needs. Threads: works on all processors; `append` is called by several at once.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "chunk_index.h"
#include "pack_block.h"
#include "pack_reader.h"
#include "purser/status.h"

namespace purser {

/// A block that was written by a move has about so many plain bytes.
inline constexpr std::size_t kMovedBlockBytes = std::size_t{8} << 20;

struct PlacedChunk {
  Digest chunk;
  BlockPlace place;
  std::uint32_t length = 0;  ///< 0 where it is not known
};

/// Takes a block and what it is encoded as.
using AppendBlock = std::function<Status(const BlockBuilder& block, const std::string& encoded)>;

/// Appends `chunks`, in their order. Each is checked against its SHA-256 first; where one cannot be
/// had, or is not what it should be, it is left out and its pack noted in `damaged`. Errors: those
/// of `append`, Io.
Status move_chunks(const PackReader& packs, std::span<const PlacedChunk> chunks,
                   const Compression& compression, const AppendBlock& append,
                   std::set<PackNumber>& damaged);

}  // namespace purser
