#include "tile.h"

#include <fmt/format.h>

namespace purser {
namespace {

constexpr std::uint64_t kElement = 1000;  // numbers of three digits
constexpr unsigned kLevelsMax = 64 / kTileHeight;

// 1234067 is x001/x234/067, so that no name is that of a file and of a folder.
std::string elements_of(std::uint64_t index) {
  std::string path = fmt::format("{:03}", index % kElement);
  while (index >= kElement) {
    index /= kElement;
    path = fmt::format("x{:03}/{}", index % kElement, path);
  }
  return path;
}

// How many subtrees of this level of tiles are whole.
std::uint64_t hashes_of(std::uint64_t size, unsigned level) {
  return level < kLevelsMax ? size >> (kTileHeight * level) : 0;
}

}  // namespace

std::string Tile::path() const {
  const std::string kind = level ? fmt::to_string(*level) : "entries";
  std::string path = fmt::format("tile/{}/{}", kind, elements_of(index));
  if (width < kTileWidth) path += fmt::format(".p/{}", width);
  return path;
}

std::uint64_t whole_tiles(std::uint64_t size, unsigned level) {
  return hashes_of(size, level) / kTileWidth;
}

std::vector<Tile> partial_tiles(std::uint64_t size) {
  std::vector<Tile> tiles;
  for (unsigned level = 0; hashes_of(size, level) > 0; ++level) {
    const auto width = static_cast<unsigned>(hashes_of(size, level) % kTileWidth);
    if (width == 0) continue;
    const std::uint64_t index = whole_tiles(size, level);
    if (level == 0) tiles.push_back({std::nullopt, index, width});
    tiles.push_back({level, index, width});
  }
  return tiles;
}

}  // namespace purser
