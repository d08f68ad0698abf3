// The pieces in which a log is handed out as files (c2sp.org/tlog-tiles): which there are, and what
// they are called. Plain values.
//
// A tile of level L and number N holds the hashes of the 256 perfect subtrees of 256^L entries from
// number 256 * N on, one after the other; an entry bundle the 256 entries of a tile of level 0,
// each behind its length (u16, big-endian). The last one of a level may have fewer, and is then
// another file for each width that it had.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace purser {

inline constexpr unsigned kTileWidth = 256;
inline constexpr unsigned kTileHeight = 8;  ///< levels of the tree in one level of tiles

struct Tile {
  std::optional<unsigned> level;  ///< none for an entry bundle
  std::uint64_t index = 0;
  unsigned width = kTileWidth;

  /// `tile/LEVEL/INDEX`, relative to the URL of the log.
  [[nodiscard]] std::string path() const;
  friend bool operator==(const Tile&, const Tile&) = default;
};

/// How many whole tiles of `level` a log of `size` entries has.
[[nodiscard]] std::uint64_t whole_tiles(std::uint64_t size, unsigned level);

/// Those that are not whole in a log of `size` entries, the entry bundle first.
[[nodiscard]] std::vector<Tile> partial_tiles(std::uint64_t size);

}  // namespace purser
