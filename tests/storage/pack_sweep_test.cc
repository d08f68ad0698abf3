// What a sweep of packs leaves, whenever it ends.
#include "pack_sweep.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <thread>

#include "hash.h"
#include "rocks_store.h"
#include "storage/results.h"
#include "storage/scratch.h"
#include "storage/steps.h"
#include "storage/stores.h"

namespace purser::pack_sweep_test {
namespace {

namespace fs = std::filesystem;

using Chunks = std::vector<std::string>;

Chunks numbered(int from, int to, std::size_t size = 3'000) {
  Chunks chunks;
  for (int i = from; i < to; ++i) {
    std::string chunk = "chunk " + std::to_string(i);
    while (chunk.size() < size) chunk += to_hex(sha256(chunk));
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

PackSettings small_packs() {
  PackSettings settings;
  settings.compression_level = 0;
  settings.pack_bytes_max = 20'000;
  return settings;
}

Status store(ChunkStore& store, const Chunks& chunks) {
  auto batch = store.begin();
  if (!batch) return batch.error();
  for (const std::string& chunk : chunks) {
    const auto put = (*batch)->put(sha256(chunk), chunk);
    if (!put) return put.error();
  }
  return (*batch)->commit();
}

// Each in a commit of its own, and so in a block of its own.
Status store_apart(ChunkStore& store, const Chunks& chunks) {
  for (const std::string& chunk : chunks) {
    if (const Status stored = pack_sweep_test::store(store, {chunk}); !stored) return stored;
  }
  return {};
}

Result<CollectReport> sweep(ChunkStore& store, const Chunks& kept,
                            const CollectOptions& options = {},
                            const ProgressCallback& progress = {}) {
  auto sweep = store.begin_sweep();
  if (!sweep) return sweep.error();
  for (const std::string& chunk : kept) {
    (*sweep)->keep(sha256(chunk), static_cast<std::uint32_t>(chunk.size()));
  }
  CollectReport report;
  const Status run = (*sweep)->run(options, progress, report);
  if (!run) return run.error();
  return report;
}

class PackSweep : public testing::Test {
 protected:
  std::unique_ptr<PackStore> open(const PackSettings& settings = small_packs()) {
    auto store = PackStore::open(directory_.string(), *rows_, true, settings);
    EXPECT_TRUE(ok(store));
    return std::move(store).value();
  }
  [[nodiscard]] std::vector<std::string> packs() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory_ / "packs")) {
      found.push_back(entry.path().filename().string().substr(14, 2));
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& entry : fs::directory_iterator(directory_ / "packs")) {
      sum += entry.file_size();
    }
    return sum;
  }
  // Where no pack could be written anew.
  static PackSettings without_room() {
    PackSettings settings = small_packs();
    settings.sweep_leaves_bytes = std::numeric_limits<std::uint64_t>::max();
    return settings;
  }
  static void expect_held(const ChunkStore& store, const Chunks& chunks) {
    for (const std::string& chunk : chunks) {
      const auto read = store.get(sha256(chunk));
      ASSERT_TRUE(ok(read));
      ASSERT_EQ(*read, chunk);
    }
  }
  static void expect_gone(const ChunkStore& store, const Chunks& chunks) {
    for (const std::string& chunk : chunks) {
      EXPECT_FALSE(*store.holds(sha256(chunk)));
      EXPECT_TRUE(fails_with<Corruption>(store.get(sha256(chunk)), "missing"));
    }
  }
  static void expect_whole(const ChunkStore& store, bool is_alone = true) {
    ChunkCheckSinks sinks;
    sinks.lost = [](const ChunkDamage& damage) {
      ADD_FAILURE() << to_hex(damage.chunk) << " " << damage.what;
    };
    sinks.index = [](const IndexDamage& damage) {
      ADD_FAILURE() << damage.where << " " << damage.found;
    };
    sinks.read = [](std::uint64_t) { return Status(); };
    EXPECT_TRUE(ok(store.check({false, is_alone, {}}, sinks)));
  }

  Scratch scratch_;
  fs::path directory_ = scratch_ / "chunks";
  std::unique_ptr<MemoryStore> rows_ = std::make_unique<MemoryStore>();
};

TEST_F(PackSweep, ReportedBytesAreThoseOfTheDisk) {
  const Chunks chunks = numbered(0, 60);
  const Chunks kept(chunks.begin(), chunks.begin() + 21);  // three packs
  const auto packs = open();
  ASSERT_TRUE(ok(store_apart(*packs, chunks)));
  const std::uint64_t before = bytes();
  const auto planned = sweep(*packs, kept, {0.25, false, true});
  ASSERT_TRUE(ok(planned));
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(planned->chunks_removed, 39u);
  const auto report = sweep(*packs, kept);
  ASSERT_TRUE(ok(report));
  EXPECT_EQ(report->chunks_removed, 39u);
  EXPECT_EQ(report->chunks_kept, 21u);
  EXPECT_EQ(before - bytes(), static_cast<std::uint64_t>(report->bytes_freed()));
  EXPECT_GT(report->bytes_freed(), 100'000);
  expect_held(*packs, kept);
  expect_gone(*packs, {chunks.begin() + 21, chunks.end()});
  expect_whole(*packs);
}

TEST_F(PackSweep, PackThatHasNoRoomToBeWrittenAnewStaysAndWhatIsDeadAllOverGoes) {
  const Chunks chunks = numbered(0, 60);
  const Chunks kept(chunks.begin(), chunks.begin() + 17);  // three packs, the last one shared
  const auto packs = open(without_room());
  ASSERT_TRUE(ok(store_apart(*packs, chunks)));
  const std::uint64_t before = bytes();
  const auto report = sweep(*packs, kept);
  ASSERT_TRUE(ok(report));
  EXPECT_EQ(report->packs_without_room, 1u);
  EXPECT_GT(report->bytes_dead, 10'000u);  // four chunks of seven
  EXPECT_EQ(report->bytes_written, 0u);
  EXPECT_EQ(before - bytes(), static_cast<std::uint64_t>(report->bytes_freed()));
  EXPECT_GT(report->bytes_freed(), 100'000);
  expect_held(*packs, kept);
  expect_whole(*packs);
}

TEST_F(PackSweep, PackIsWrittenAnewOnlyWhenEnoughOfItIsDead) {
  const Chunks chunks = numbered(0, 6);
  const auto packs = open();
  ASSERT_TRUE(ok(store_apart(*packs, chunks)));
  ASSERT_EQ(this->packs().size(), 1u);
  const Chunks five(chunks.begin(), chunks.begin() + 5);
  const auto none = sweep(*packs, five, {0.25, false, false});
  ASSERT_TRUE(ok(none));
  EXPECT_EQ(none->packs_removed, 0u);
  EXPECT_GT(none->bytes_dead, 3'000u);
  EXPECT_TRUE(*packs->holds(sha256(chunks[5])));  // it may be found again
  const auto one = sweep(*packs, five, {0.1, false, false});
  ASSERT_TRUE(ok(one));
  EXPECT_EQ(one->packs_removed, 1u);
  EXPECT_EQ(one->chunks_moved, 5u);
  EXPECT_EQ(one->bytes_dead, 0u);
  expect_held(*packs, five);
  expect_gone(*packs, {chunks[5]});
}

TEST_F(PackSweep, NumberOfARemovedPackIsNotGivenOutAgain) {
  {
    const auto first = open();
    ASSERT_TRUE(ok(store(*first, {"a"})));
    ASSERT_TRUE(ok(sweep(*first, {})));
    EXPECT_EQ(packs(), std::vector<std::string>());
  }
  {
    const auto second = open();
    ASSERT_TRUE(ok(sweep(*second, {})));
    ASSERT_TRUE(ok(store(*second, {"b"})));
    EXPECT_EQ(packs(), std::vector<std::string>({"02"}));
    ASSERT_TRUE(ok(sweep(*second, {})));
    ASSERT_TRUE(ok(store(*second, {"a"})));
    EXPECT_EQ(packs(), std::vector<std::string>({"03"}));
  }
  const auto third = open();
  expect_held(*third, {"a"});
  ASSERT_TRUE(ok(store(*third, {"c"})));
  EXPECT_EQ(packs(), std::vector<std::string>({"03"}));
  EXPECT_EQ(all_pack_ends(*rows_->snapshot())->size(), 2u);  // one stands for all that are gone
}

TEST_F(PackSweep, LeftoverPacksGoUnlessSomethingIsMissing) {
  const auto store_of = open();
  ASSERT_TRUE(ok(store(*store_of, {"a"})));
  write_file(directory_ / "packs" / "0000000000000007.pack", "somebody's", 0600);
  write_file(directory_ / "packs" / "notes", "not ours", 0600);
  const auto cautious = sweep(*store_of, {"a", "never stored"});
  ASSERT_TRUE(ok(cautious));
  EXPECT_EQ(cautious->chunks_missing, 1u);
  EXPECT_TRUE(fs::exists(directory_ / "packs" / "0000000000000007.pack"));
  const auto report = sweep(*store_of, {"a"});
  ASSERT_TRUE(ok(report));
  EXPECT_EQ(report->packs_left_over, 1u);
  EXPECT_EQ(report->bytes_freed(), 10);
  EXPECT_FALSE(fs::exists(directory_ / "packs" / "0000000000000007.pack"));
  EXPECT_TRUE(fs::exists(directory_ / "packs" / "notes"));
}

TEST_F(PackSweep, PackWithADamagedChunkStaysAndTheOthersGo) {
  const Chunks chunks = numbered(0, 12);
  const auto packs = open();
  ASSERT_TRUE(ok(store_apart(*packs, chunks)));
  const fs::path pack = directory_ / "packs" / "0000000000000001.pack";
  std::string damaged = read_file(pack);
  damaged[kPackHeaderBytes + kBlockHeaderBytes + 100] ^= 1;  // of the first chunk
  write_file(pack, damaged, 0600);
  const auto report = sweep(*packs, {chunks[0], chunks[1], chunks[11]});
  ASSERT_TRUE(ok(report));
  EXPECT_EQ(report->packs_damaged, 1u);
  EXPECT_EQ(read_file(pack), damaged);
  EXPECT_EQ(report->packs_removed, 1u);
  expect_held(*packs, {chunks[1], chunks[11]});
  EXPECT_FALSE(packs->get(sha256(chunks[0])).has_value());
}

TEST_F(PackSweep, RepackMakesLikeChunksSmallAndLeavesThemAloneTheNextTime) {
  Chunks chunks;
  const std::string text = numbered(0, 1, 60'000).front();
  for (int i = 0; i < 60; ++i) chunks.push_back(text + std::to_string(i));  // blocks: four of each
  const auto packs = open({});
  ASSERT_TRUE(ok(store(*packs, chunks)));
  const std::uint64_t before = bytes();
  const auto report = sweep(*packs, chunks, {0.25, true, false});
  ASSERT_TRUE(ok(report));
  EXPECT_EQ(report->chunks_moved, 60u);
  EXPECT_LT(bytes() * 5, before);
  EXPECT_EQ(before - bytes(), static_cast<std::uint64_t>(report->bytes_freed()));
  expect_held(*packs, chunks);
  expect_whole(*packs);
  const auto again = sweep(*packs, chunks, {0.25, true, false});
  ASSERT_TRUE(ok(again));
  EXPECT_EQ(again->chunks_moved, 0u);
}

// Everything that could be taken away between two steps of a reader is: it still gets its chunk.
TEST_F(PackSweep, ReaderInAnotherProcessFindsWhatHasMoved) {
  const std::string database = scratch_ / "db";
  ASSERT_TRUE(ok(RocksStore::create(database)));
  const auto rows = RocksStore::open(database, RocksStore::Mode::read_write, 1 << 20).value();
  const auto writer = PackStore::open(directory_.string(), *rows, true, small_packs()).value();
  const Chunks chunks = numbered(0, 30);
  ASSERT_TRUE(ok(store_apart(*writer, chunks)));

  const auto open_rows = [&]() -> Result<std::unique_ptr<Store>> {
    return std::unique_ptr<Store>(
        RocksStore::open(database, RocksStore::Mode::read_only, 1 << 20).value());
  };
  const std::unique_ptr<Store> old_rows = open_rows().value();
  const auto reader = PackStore::open_beside(directory_.string(), *old_rows, open_rows).value();
  Chunks kept;
  for (int i = 0; i < 30; i += 3) kept.push_back(chunks[static_cast<std::size_t>(i)]);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(ok(sweep(*writer, kept, {0, false, false})));
    expect_held(*reader, kept);
    expect_whole(*reader, false);
    EXPECT_EQ(*reader->stored_bytes(sha256(kept.back()), 3'000),
              *writer->stored_bytes(sha256(kept.back()), 3'000));
    kept.pop_back();
  }
  EXPECT_TRUE(fails_with<Corruption>(reader->get(sha256(chunks[1])), "missing"));
}

TEST_F(PackSweep, CancelledItKeepsWhatIsKeptAndTheNextOneFinishes) {
  const Chunks chunks = numbered(0, 60);
  const Chunks kept(chunks.begin() + 40, chunks.end());
  const auto packs = open();
  ASSERT_TRUE(ok(store_apart(*packs, chunks)));
  int left = 3;
  const auto stopped = sweep(*packs, kept, {}, [&](const Progress&) { return --left > 0; });
  EXPECT_TRUE(fails_with<Cancelled>(stopped));
  expect_held(*packs, kept);
  ASSERT_TRUE(ok(sweep(*packs, kept)));
  expect_held(*packs, kept);
  expect_gone(*packs, {chunks.begin(), chunks.begin() + 40});
}

// Dies at, or fails, every step of the sweep in turn.
TEST_F(PackSweep, DeathOrFailureAtAnyStepLosesNothingAndTheNextOneFinishes) {
  const Chunks chunks = numbered(0, 24);
  Chunks kept;
  for (const int i : {0, 1, 2, 3, 4, 9, 14, 22})
    kept.push_back(chunks[static_cast<std::size_t>(i)]);
  for (const Trouble trouble : kEveryTrouble) {
    for (int at = 1;; ++at) {
      rows_ = std::make_unique<MemoryStore>();
      fs::remove_all(directory_);
      ASSERT_TRUE(ok(store_apart(*open(), chunks)));
      Steps steps(trouble, at);
      SteppedStore stepped(*rows_, steps);
      Result<CollectReport> swept = CollectReport();
      {
        auto dying = PackStore::open(directory_.string(), stepped, true, small_packs(),
                                     stepped_calls(steps));
        ASSERT_TRUE(ok(dying));
        swept = sweep(**dying, kept);
        expect_held(**dying, kept);
      }
      const auto reopened = open();
      expect_held(*reopened, kept);
      expect_whole(*reopened);
      const auto finished = sweep(*reopened, kept);
      ASSERT_TRUE(ok(finished));
      EXPECT_EQ(finished->chunks_kept, kept.size());
      expect_held(*reopened, kept);
      expect_whole(*reopened);
      const auto nothing = sweep(*reopened, kept);
      ASSERT_TRUE(ok(nothing));
      EXPECT_EQ(nothing->packs_removed, 0u) << "after step " << at;
      if (!steps.had_trouble()) {
        EXPECT_TRUE(ok(swept));
        EXPECT_GT(at, 10);
        break;
      }
      EXPECT_FALSE(swept.has_value()) << "step " << at;
      if (HasFailure()) return;
    }
  }
}

// The order that a power cut needs: bytes, then rows, then no file.
TEST_F(PackSweep, NewPlacesAreDurableBeforeOldOnesGo) {
  const Chunks chunks = numbered(0, 6);
  ASSERT_TRUE(ok(store_apart(*open(), chunks)));
  Steps steps(Trouble::dies_before, std::numeric_limits<int>::max());
  SteppedStore stepped(*rows_, steps);
  const auto packs =
      PackStore::open(directory_.string(), stepped, true, small_packs(), stepped_calls(steps));
  ASSERT_TRUE(ok(packs));
  steps.forget();
  ASSERT_TRUE(ok(sweep(**packs, {chunks[0], chunks[5]})));
  EXPECT_EQ(steps.taken(),
            std::vector<std::string>({"sync 0000000000000002.pack", "sync packs", "write", "write",
                                      "unlink 0000000000000001.pack", "sync packs"}));
}

}  // namespace
}  // namespace purser::pack_sweep_test
