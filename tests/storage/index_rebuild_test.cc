// The index made anew from packs is the one that was, whatever has become of the rows; of damaged
// packs it finds all that is whole.
#include "index_rebuild.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "chunk_index.h"
#include "hash.h"
#include "pack_store.h"
#include "pack_walk.h"
#include "storage/results.h"
#include "storage/scratch.h"
#include "storage/steps.h"
#include "storage/stores.h"

namespace purser::index_rebuild_test {
namespace {

namespace fs = std::filesystem;

class IndexRebuildTest : public testing::Test {
 protected:
  std::unique_ptr<PackStore> open() {
    PackSettings settings;
    settings.pack_bytes_max = 3000;
    settings.compression_level = 0;
    auto store = PackStore::open(directory_.string(), *rows_, true, settings);
    EXPECT_TRUE(ok(store));
    return std::move(store).value();
  }
  // One block each.
  void store(const std::vector<std::string>& chunks) {
    const auto packs = open();
    for (const std::string& chunk : chunks) {
      auto batch = packs->begin();
      EXPECT_TRUE(ok((*batch)->put(sha256(chunk), chunk)));
      EXPECT_TRUE(ok((*batch)->commit()));
    }
  }
  RebuiltIndex rebuild() {
    auto rebuilt = open()->rebuild_index();
    EXPECT_TRUE(ok(rebuilt));
    return *rebuilt;
  }
  [[nodiscard]] RowList index() const {
    RowList all = scanned(*rows_->snapshot(), prefix_range("k"), Direction::ascending);
    for (auto& row : scanned(*rows_->snapshot(), prefix_range("p"), Direction::ascending)) {
      all.push_back(row);
    }
    return all;
  }
  [[nodiscard]] bool has(const std::string& chunk) {
    const auto got = open()->get(sha256(chunk));
    return got && *got == chunk;
  }
  [[nodiscard]] std::string pack(int number) const {
    return (directory_ / "packs" / ("000000000000000" + std::to_string(number) + ".pack")).string();
  }
  // Several packs, and one chunk in two of them.
  std::vector<std::string> fill() {
    std::vector<std::string> chunks;
    for (int i = 0; i < 40; ++i) {
      chunks.push_back("chunk " + std::to_string(i) + std::string(300, static_cast<char>('a' + i)));
    }
    store(chunks);
    WriteSet forgotten;
    EXPECT_TRUE(ok(erase_chunk(forgotten, *rows_->snapshot(), sha256(chunks[0]))));
    WriteSet again;
    for (const auto& change : forgotten.changes()) {
      again.put(Space::state, change.key,
                *rows_->snapshot()->get(Space::state, change.key).value());
    }
    EXPECT_TRUE(ok(rows_->write(forgotten)));
    store({chunks[0]});
    EXPECT_TRUE(ok(rows_->write(again)));
    return chunks;
  }

  Scratch scratch_;
  fs::path directory_ = scratch_ / "chunks";
  std::unique_ptr<MemoryStore> rows_ = std::make_unique<MemoryStore>();
};

TEST_F(IndexRebuildTest, WithoutRowsGivesTheRowsThatWere) {
  const auto chunks = fill();
  const RowList before = index();
  EXPECT_GT(before.size(), chunks.size() + 3);
  EXPECT_EQ(rebuild().rows_put + rebuild().rows_erased, 0u);
  EXPECT_TRUE(index() == before);
  rows_ = std::make_unique<MemoryStore>();
  const RebuiltIndex rebuilt = rebuild();
  EXPECT_TRUE(index() == before);
  EXPECT_EQ(rebuilt.rows_put, before.size());
  EXPECT_EQ(rebuilt.chunks, chunks.size() + 1);
  EXPECT_EQ(rebuilt.damaged_bytes, 0u);
}

TEST_F(IndexRebuildTest, OfWrongRowsGivesTheRowsThatWere) {
  fill();
  const RowList before = index();
  WriteSet changes;
  std::size_t i = 0;
  for (const auto& [key, value] : before) {
    if (++i % 3 == 0) changes.put(Space::state, key, "rubbish");
    if (i % 3 == 1) changes.put(Space::state, key + "x", value);
    if (i % 3 == 2) changes.erase(Space::state, key);
  }
  changes.put(Space::state, "k", "");
  ASSERT_TRUE(ok(rows_->write(changes)));
  rebuild();
  EXPECT_TRUE(index() == before);
}

TEST_F(IndexRebuildTest, AfterASweepGivesTheRowsThatWereAndNoNumberTwice) {
  const auto chunks = fill();
  for (const bool any_is_kept : {true, false}) {
    {
      const auto packs = open();
      const auto sweep = packs->begin_sweep().value();
      if (any_is_kept) sweep->keep(sha256(chunks[5]), static_cast<std::uint32_t>(chunks[5].size()));
      CollectReport report;
      ASSERT_TRUE(ok(sweep->run({0, false, false}, {}, report)));
      EXPECT_GT(report.packs_removed, 0u);
    }
    const RowList before = index();
    rebuild();
    EXPECT_TRUE(index() == before);
    EXPECT_EQ(has(chunks[5]), any_is_kept);
  }
  ASSERT_FALSE(index().empty());  // up to which number they were given out
  const std::string last = index().back().first;
  store({"stored afterwards"});
  EXPECT_GT(index().back().first, last);
}

// Killed processes found it: places were written before the ends of their packs.
TEST_F(IndexRebuildTest, InterruptedAtAnyWriteNamesNoPlaceInAPackThatDoesNotCountThatFar) {
  fill();
  const UniqueFd root(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int at = 1;; ++at) {
    MemoryStore rows;
    Steps steps(Trouble::dies_before, at);
    SteppedStore dying(rows, steps);
    const bool done = rebuild_index_rows(dying, root.get()).has_value();
    EXPECT_NE(done, steps.had_trouble());
    std::map<PackNumber, std::uint64_t> ends;
    for (const PackEnd& end : all_pack_ends(*rows.snapshot()).value()) ends[end.pack] = end.bytes;
    const Status visited =
        visit_chunk_places(*rows.snapshot(), [&](const Digest&, const BlockPlace& place) {
          EXPECT_GE(ends[place.pack], place.offset + place.bytes) << "write " << at;
        });
    EXPECT_TRUE(ok(visited));
    if (done) {
      EXPECT_GT(at, 2);
      break;
    }
  }
}

TEST_F(IndexRebuildTest, OfATornPackFindsTheBlocksBeforeTheCut) {
  const std::vector<std::string> chunks = {"the first chunk", "the second chunk", "the third"};
  store(chunks);
  const std::string whole = read_file(pack(1));
  std::vector<std::size_t> ends;
  for (const std::string& chunk : chunks) ends.push_back(whole.find(chunk) + chunk.size());
  ASSERT_EQ(ends.back(), whole.size());
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_file(pack(1), whole.substr(0, size), 0600);
    rows_ = std::make_unique<MemoryStore>();
    EXPECT_EQ(rebuild().unreadable_packs, size < kPackHeaderBytes ? 1u : 0u);
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      ASSERT_EQ(has(chunks[i]), size >= ends[i]) << size;
    }
    if (size < kPackHeaderBytes) continue;
    store({"stored afterwards"});  // cuts off what is torn
    ASSERT_TRUE(has("stored afterwards"));
    ASSERT_EQ(rebuild().damaged_bytes, 0u);
  }
}

TEST_F(IndexRebuildTest, OfADamagedBlockFindsTheBlocksBehindIt) {
  const std::vector<std::string> chunks = {"the first chunk", "the second chunk", "the third"};
  store(chunks);
  const std::string whole = read_file(pack(1));
  const std::size_t from = whole.find("the first chunk") + std::string("the first chunk").size();
  const std::size_t to = whole.find("the second chunk") + std::string("the second chunk").size();
  for (std::size_t at = from; at < to; ++at) {
    if (at == from + 8 || at == from + 9) continue;  // a newer format, which is refused
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    write_file(pack(1), damaged, 0600);
    const RebuiltIndex rebuilt = rebuild();
    ASSERT_TRUE(has(chunks[0]) && !has(chunks[1]) && has(chunks[2])) << at;
    ASSERT_EQ(rebuilt.damaged_bytes, to - from);
  }
}

// A file of a ledger may be stored in a ledger.
TEST_F(IndexRebuildTest, PackInsideAChunkIsNothingSpecial) {
  store({"the first chunk", "the second chunk"});
  const std::string inner = read_file(pack(1));
  fs::remove_all(directory_);
  rows_ = std::make_unique<MemoryStore>();
  store({"before", inner, "behind"});
  const RowList before = index();
  rows_ = std::make_unique<MemoryStore>();
  rebuild();
  EXPECT_TRUE(index() == before);
  std::string damaged = read_file(pack(1));
  damaged[damaged.find("PURSPACK", 8)] = 'p';
  write_file(pack(1), damaged, 0600);
  rebuild();
  EXPECT_TRUE(has("before") && has("behind") && !has(inner));
  EXPECT_TRUE(has("the first chunk"));  // and why not: they are the bytes of this name
}

// Every place looks like the beginning of a long block.
TEST_F(IndexRebuildTest, HostilePackCostsBoundedReading) {
  store({"a"});
  std::string head = read_file(pack(1)).substr(kPackHeaderBytes, kBlockHeaderBytes);
  const std::uint32_t length = 30'000'000;
  std::memcpy(head.data() + 16, &length, 4);
  std::memcpy(head.data() + 20, &length, 4);
  std::string hostile = read_file(pack(1));
  while (hostile.size() < 40'000'000) hostile += head;
  write_file(pack(1), hostile, 0600);
  const UniqueFd root(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::size_t blocks = 0;
  const auto walked =
      walk_pack(root.get(), PackNumber{1}, false, [&](const BlockPlace&, const Block&) -> Status {
        ++blocks;
        return {};
      });
  ASSERT_TRUE(ok(walked));
  EXPECT_EQ(blocks, 1u);
}

}  // namespace
}  // namespace purser::index_rebuild_test
