#include "tile.h"

#include <gtest/gtest.h>

namespace purser::tile_test {
namespace {

using Tiles = std::vector<Tile>;
constexpr auto kEntries = std::nullopt;

// The examples of c2sp.org/tlog-tiles.
TEST(TileTest, PathsAreThoseOfTheText) {
  EXPECT_EQ((Tile{0, 1234067}.path()), "tile/0/x001/x234/067");
  EXPECT_EQ((Tile{kEntries, 1234067}.path()), "tile/entries/x001/x234/067");
  EXPECT_EQ((Tile{0, 273, 112}.path()), "tile/0/273.p/112");
  EXPECT_EQ((Tile{1, 0, 1}.path()), "tile/1/000.p/1");
  EXPECT_EQ((Tile{7, 1000, 255}.path()), "tile/7/x001/000.p/255");
  EXPECT_EQ((Tile{2, 999'999}.path()), "tile/2/x999/999");
}

TEST(TileTest, ALogOf70000EntriesHasTheTilesOfTheText) {
  EXPECT_EQ(whole_tiles(70'000, 0), 273u);
  EXPECT_EQ(whole_tiles(70'000, 1), 1u);
  EXPECT_EQ(whole_tiles(70'000, 2), 0u);
  EXPECT_EQ(partial_tiles(70'000),
            (Tiles{{kEntries, 273, 112}, {0, 273, 112}, {1, 1, 17}, {2, 0, 1}}));
}

TEST(TileTest, ALogOf256EntriesHasOneWholeTileAndOneHashAbove) {
  EXPECT_EQ(whole_tiles(256, 0), 1u);
  EXPECT_EQ(partial_tiles(256), (Tiles{{1, 0, 1}}));
}

TEST(TileTest, ThereIsNoEmptyTile) {
  EXPECT_EQ(partial_tiles(0), Tiles());
  EXPECT_EQ(partial_tiles(1), (Tiles{{kEntries, 0, 1}, {0, 0, 1}}));
  EXPECT_EQ(partial_tiles(65'536), (Tiles{{2, 0, 1}}));
}

TEST(TileTest, LevelsEndWithThoseThatSixtyFourBitsCanCount) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  EXPECT_EQ(partial_tiles(kMost).size(), 9u);
  EXPECT_EQ(partial_tiles(kMost).back(), (Tile{7, 0, 255}));
  EXPECT_EQ(whole_tiles(kMost, 7), 0u);
  EXPECT_EQ(whole_tiles(kMost, 63), 0u);
}

}  // namespace
}  // namespace purser::tile_test
