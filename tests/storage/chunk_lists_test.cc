#include "chunk_lists.h"

#include <gtest/gtest.h>

#include "memory_store.h"
#include "storage/results.h"
#include "storage/stores.h"

namespace purser::chunk_lists_test {
namespace {

class ChunkLists : public testing::Test {
 protected:
  static ChunkList list_of(std::size_t chunks) {
    ChunkList list;
    for (std::size_t i = 0; i < chunks; ++i) {
      list.chunks.push_back({sha256(std::to_string(i)), static_cast<std::uint32_t>(i + 1)});
      list.size += i + 1;
    }
    return list;
  }
  void put(const ChunkList& list) {
    WriteSet changes;
    put_chunk_list(changes, kFile, list);
    ASSERT_TRUE(ok(rows_.write(changes)));
  }
  [[nodiscard]] RowList stored() const {
    return scanned(*rows_.snapshot(), kAll, Direction::ascending);
  }

  const Digest kFile = sha256("a file");
  MemoryStore rows_;
};

TEST_F(ChunkLists, ListOfAnyLengthComesBack) {
  for (const std::size_t chunks : {0u, 1u, 1023u, 1024u, 1025u, 2048u, 5000u}) {
    MemoryStore rows;
    WriteSet changes;
    put_chunk_list(changes, kFile, list_of(chunks));
    ASSERT_TRUE(ok(rows.write(changes)));
    const auto list = read_chunk_list(*rows.snapshot(), kFile);
    ASSERT_TRUE(ok(list));
    EXPECT_EQ(*list, list_of(chunks));
  }
}

TEST_F(ChunkLists, NoRowIsLargerThanAFewBlocks) {
  put(list_of(100'000));
  EXPECT_EQ(stored().size(), 98u);
  for (const auto& [key, value] : stored()) EXPECT_LT(value.size(), 40'000u);
}

TEST_F(ChunkLists, FileNeverStoredHasNone) {
  EXPECT_FALSE(find_chunk_list(*rows_.snapshot(), kFile)->has_value());
  EXPECT_TRUE(fails_with<Corruption>(read_chunk_list(*rows_.snapshot(), kFile), "missing"));
}

TEST_F(ChunkLists, LostPartIsCorruptionOrLeavesAShorterSize) {
  const ChunkList whole = list_of(5000);
  put(whole);
  const RowList rows = stored();
  ASSERT_EQ(rows.size(), 5u);
  for (std::size_t lost = 0; lost < rows.size(); ++lost) {
    WriteSet changes;
    changes.erase(Space::state, rows[lost].first);
    ASSERT_TRUE(ok(rows_.write(changes)));
    const auto list = read_chunk_list(*rows_.snapshot(), kFile);
    if (list.has_value()) {
      EXPECT_EQ(lost, rows.size() - 1);
      EXPECT_LT(list->size, whole.size);  // which the file's own size tells
    } else {
      EXPECT_TRUE(list.error().is<Corruption>());
    }
    put(whole);
  }
}

TEST_F(ChunkLists, WholeListInOneRowAsOlderVersionsWroteItIsRead) {
  const ChunkList whole = list_of(3000);
  WriteSet changes;
  put_chunk_list(changes, kFile, whole);
  const std::string first_key = changes.changes()[0].key;
  changes.clear();
  changes.put(Space::state, first_key, encode_chunk_list(whole));
  ASSERT_TRUE(ok(rows_.write(changes)));
  EXPECT_EQ(*read_chunk_list(*rows_.snapshot(), kFile), whole);
}

}  // namespace
}  // namespace purser::chunk_lists_test
