// Makes the index of chunks anew from the packs alone.
//
// Whole blocks count, wherever they lie (pack_walk.h): each of their chunks gets its row, and every
// row that says anything else is erased. A pack counts as far as its row says, if that is a place
// behind its last whole block and inside its file, otherwise up to the end of that block. Packs are
// made durable before rows name what is in them. In between, and after a crash, every row is either
// right or as wrong as before; a second run finishes the first.
// Memory: some 400,000 rows, or those of one pack if that has more.
#pragma once

#include <cstdint>
#include <functional>

#include "chunk_store.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// `root`: the open directory of the chunks. Nobody may write packs or their rows meanwhile.
/// Errors: UnsupportedVersion, Io.
Result<RebuiltIndex> rebuild_index_rows(Store& store, int root);

}  // namespace purser
