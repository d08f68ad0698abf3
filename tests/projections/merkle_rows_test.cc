#include "merkle_rows.h"

#include <gtest/gtest.h>

#include "event_log.h"
#include "memory_store.h"
#include "storage/results.h"

namespace purser::merkle_rows_test {
namespace {

std::string entry(std::uint64_t number) { return "entry " + std::to_string(number); }

WriteSet rows_of_tree(std::uint64_t size, std::uint32_t build) {
  GrowingTree tree;
  WriteSet rows;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(merkle_leaf(entry(i)), build, rows);
  return rows;
}

std::string hex_value(const WriteSet& rows, const std::string& key) {
  const WriteSet::Change* row = rows.find(Space::state, key);
  if (row == nullptr) return "no such row";
  Digest digest;
  if (row->value->size() != digest.bytes.size()) return "not a hash";
  std::copy(row->value->begin(), row->value->end(), digest.bytes.begin());
  return to_hex(digest);
}

// docs/storage-format.md; the hashes are those of an independent program.
TEST(MerkleRows, HaveTheirGoldenBytes) {
  const WriteSet rows = rows_of_tree(4096, 0x0102);
  EXPECT_EQ(rows.size(), 256u + 16 + 1);
  EXPECT_EQ(hex_value(rows, std::string("M\0\0\1\2\4\0\0\0\0\0\0\0\0", 14)),
            "c71e4e22f9da1d6aa1121e96ed7e085765ac67b45568326a8ff8b7c8dde23a5f");
  EXPECT_EQ(hex_value(rows, std::string("M\0\0\1\2\4\0\0\0\0\0\0\0\1", 14)),
            "14ac03bb1a8b799a7e1ca3571c7e82732b87134edd4c169a232c049c664053f6");
  EXPECT_EQ(hex_value(rows, std::string("M\0\0\1\2\x08\0\0\0\0\0\0\0\0", 14)),
            "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e");
  EXPECT_EQ(hex_value(rows, std::string("M\0\0\1\2\x0c\0\0\0\0\0\0\0\0", 14)),
            "076d8049e9d77d0ed6ea0d95177cdd8fec773c6dc10d06b918117646d2efc49e");
}

TEST(MerkleRows, AreWrittenWithTheLeafThatCompletesThem) {
  GrowingTree tree;
  for (std::uint64_t size = 1; size <= 300; ++size) {
    WriteSet rows;
    tree.append(merkle_leaf(entry(size - 1)), 1, rows);
    EXPECT_EQ(rows.size(), size == 256 ? 2u : size % 16 == 0 ? 1u : 0u) << size;
  }
}

// A log whose events are any bytes, long enough for rows of three levels.
class LongTree : public testing::Test {
 protected:
  static constexpr std::uint64_t kSize = 4096 + 300;
  LongTree() {
    WriteSet changes = rows_of_tree(kSize, 1);
    for (std::uint64_t i = 0; i < kSize; ++i) {
      changes.put(Space::log, event_key(Position{i + 1}), entry(i));
    }
    EXPECT_TRUE(ok(store.write(changes)));
    CompactRange range;
    for (std::uint64_t i = 0; i <= kSize; ++i) {
      roots.push_back(range.root());
      if (i < kSize) range.append(merkle_leaf(entry(i)));
    }
    builds.fill(1);
    rows = store.snapshot();
  }

  MemoryStore store;
  Builds builds{};
  std::unique_ptr<RowReader> rows;
  std::vector<Digest> roots;
};

TEST_F(LongTree, HasTheRootOfEverySize) {
  const View view{*rows, builds, Position{kSize}};
  for (std::uint64_t size = 0; size <= kSize; ++size) {
    const auto root = tree_root(view, Position{size});
    ASSERT_TRUE(ok(root)) << size;
    ASSERT_EQ(*root, roots[size]) << size;
  }
}

// What stands behind the position that is looked at is as if it were not there.
TEST_F(LongTree, ShowsAReaderOfEarlierTheSame) {
  for (std::uint64_t size = 1; size <= kSize; size = size * 2 + 1) {
    const View view{*rows, builds, Position{size}};
    EXPECT_EQ(*tree_root(view, Position{size}), roots[size]);
    EXPECT_TRUE(ok(check_inclusion(merkle_leaf(entry(size / 2)), size / 2, size,
                                   *inclusion_proof(view, Position{size / 2 + 1}, Position{size}),
                                   roots[size])));
  }
}

TEST_F(LongTree, ProvesEventsAndPairsOfSizes) {
  const View view{*rows, builds, Position{kSize}};
  for (const std::uint64_t newer : {kSize, std::uint64_t{4096}, std::uint64_t{4095}}) {
    for (std::uint64_t older = 1; older <= newer; older += 7) {
      const auto inclusion = inclusion_proof(view, Position{older}, Position{newer});
      ASSERT_TRUE(ok(inclusion));
      EXPECT_LE(inclusion->size(), 13u);
      EXPECT_TRUE(ok(check_inclusion(merkle_leaf(entry(older - 1)), older - 1, newer, *inclusion,
                                     roots[newer])));
      const auto consistency = consistency_proof(view, Position{older}, Position{newer});
      ASSERT_TRUE(ok(consistency));
      EXPECT_TRUE(ok(check_consistency(older, newer, *consistency, roots[older], roots[newer])));
    }
  }
}

TEST_F(LongTree, TellsARowThatIsMissingOrNoHash) {
  for (const bool missing : {true, false}) {
    WriteSet changes;
    const std::string key = build_key(ProjectionId::merkle, 1).u8(8).u64(1).str();
    missing ? changes.erase(Space::state, key) : changes.put(Space::state, key, "x");
    ASSERT_TRUE(ok(store.write(changes)));
    rows = store.snapshot();
    const View view{*rows, builds, Position{kSize}};
    EXPECT_TRUE(fails_with<Corruption>(tree_root(view, Position{1024}), "merkle"));
    EXPECT_TRUE(ok(tree_root(view, Position{4096})));
  }
}

TEST_F(LongTree, WithoutRowsSaysSo) {
  builds.fill(0);
  const View view{*rows, builds, Position{kSize}};
  EXPECT_TRUE(fails_with<UnsupportedVersion>(tree_root(view, Position{1}), "merkle"));
}

}  // namespace
}  // namespace purser::merkle_rows_test
