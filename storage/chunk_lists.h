// Where the bytes of a file are: its chunk list, in a row under the digest of the file.
//
// A row may be rewritten for another cut of the same bytes; it names no deployment. Free functions.
#pragma once

#include "content.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

void put_chunk_list(WriteSet& changes, const Digest& file, const ChunkList& list);

/// Whether a file with this digest was ever stored.
Result<bool> has_chunk_list(const RowReader& rows, const Digest& file);

/// Errors: Corruption when it is missing or damaged, UnsupportedVersion.
Result<ChunkList> read_chunk_list(const RowReader& rows, const Digest& file);

}  // namespace purser
