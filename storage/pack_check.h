// Looks over the blocks that the index of chunks points to.
//
// Memory: some 16 bytes for each chunk. Free functions.
#pragma once

#include "chunk_store.h"
#include "pack_reader.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// Says of every chunk of the index whether its block is there: `quick` by the lengths of packs
/// alone, otherwise by reading it, its checksum, and the SHA-256 of each chunk. Errors: Io, and
/// Corruption of the index itself.
Status check_packs(const RowReader& rows, const PackReader& packs, bool quick,
                   const ChunkDamageSink& report);

}  // namespace purser
