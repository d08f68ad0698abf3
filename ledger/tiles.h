// Tiles and entry bundles (c2sp.org/tlog-tiles, storage/tile.h) from the rows of the Merkle tree
// and the events, and a folder of them as the text lays it out.
#pragma once

#include <string>

#include "projection.h"
#include "purser/artifact.h"
#include "purser/audit.h"
#include "purser/status.h"
#include "tile.h"

namespace purser {

/// The bytes of a tile or bundle. Errors: InvalidArgument (not within the log), UnsupportedVersion
/// (rows that an older version made), Corruption, Io.
Result<std::string> tile_bytes(const View& view, const Tile& tile);

/// See Ledger::write_tiles.
Result<TilesReport> write_tiles(const View& view, const LedgerId& ledger,
                                const std::string& directory, const ProgressCallback& progress);

}  // namespace purser
