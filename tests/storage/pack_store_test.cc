#include "pack_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <thread>

#include "hash.h"
#include "storage/results.h"
#include "storage/scratch.h"
#include "storage/stores.h"
#include "support/scale.h"

namespace purser::pack_store_test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> numbered(int count, std::size_t size = 10) {
  std::vector<std::string> chunks;
  chunks.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    std::string chunk = "chunk " + std::to_string(i);
    while (chunk.size() < size) chunk += to_hex(sha256(chunk));
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

class PackStoreTest : public testing::Test {
 protected:
  std::unique_ptr<PackStore> open(const PackSettings& settings = {},
                                  const SyncCalls& sync = system_sync_calls()) {
    auto store = PackStore::open(directory_.string(), *rows_, true, settings, sync);
    EXPECT_TRUE(ok(store));
    return std::move(store).value();
  }
  static Status store(ChunkStore& store, const std::vector<std::string>& chunks) {
    auto batch = store.begin();
    if (!batch) return batch.error();
    for (const std::string& chunk : chunks) {
      const auto put = (*batch)->put(sha256(chunk), chunk);
      if (!put) return put.error();
    }
    return (*batch)->commit();
  }
  static void expect_all(const ChunkStore& store, const std::vector<std::string>& chunks) {
    for (const std::string& chunk : chunks) {
      const auto read = store.get(sha256(chunk));
      ASSERT_TRUE(ok(read));
      ASSERT_EQ(*read, chunk);
    }
  }
  [[nodiscard]] std::vector<fs::path> packs() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(directory_ / "packs")) {
      found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  Scratch scratch_;
  fs::path directory_ = scratch_ / "chunks";
  std::unique_ptr<MemoryStore> rows_ = std::make_unique<MemoryStore>();
};

TEST_F(PackStoreTest, ChunkThatWouldTouchTheReserveIsNotTaken) {
  PackSettings settings;
  settings.disk_reserve_bytes = std::numeric_limits<std::uint64_t>::max();
  const auto tight = open(settings);
  EXPECT_TRUE(fails_with<NoSpace>(store(*tight, {"too much"})));
  EXPECT_TRUE(ok(store(*tight, {})));  // nothing was begun, and nothing is broken
  EXPECT_EQ(packs().size(), 0u);
  EXPECT_FALSE(tight->holds(sha256("too much")).value());
}

TEST_F(PackStoreTest, PackIsAsDocumented) {
  ASSERT_TRUE(ok(store(*open(), {"hello purser\n"})));
  ASSERT_EQ(packs().size(), 1u);
  EXPECT_EQ(packs()[0].filename(), "0000000000000001.pack");
  const std::string pack = read_file(packs()[0]);
  EXPECT_EQ(pack.substr(0, 24), std::string("PURSPACK\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 24));
  BlockBuilder block;
  block.add(sha256("hello purser\n"), "hello purser\n");
  EXPECT_EQ(pack.substr(kPackHeaderBytes), block.encode({3}));
}

TEST_F(PackStoreTest, NobodyElseMayReadIt) {
  const mode_t before = umask(0);
  ASSERT_TRUE(ok(store(*open(), {"a"})));
  umask(before);
  EXPECT_EQ(mode_of(directory_), 0700u);
  EXPECT_EQ(mode_of(directory_ / "packs"), 0700u);
  EXPECT_EQ(mode_of(packs()[0]), 0600u);
}

TEST_F(PackStoreTest, SessionsGoOnWithThePackOfTheLastOne) {
  for (int session = 0; session < 3; ++session) {
    ASSERT_TRUE(ok(store(*open(), {"of session " + std::to_string(session)})));
  }
  EXPECT_EQ(packs().size(), 1u);
  expect_all(*open(), {"of session 0", "of session 1", "of session 2"});
}

TEST_F(PackStoreTest, FullPackIsFollowedByAnother) {
  PackSettings settings;
  settings.pack_bytes_max = 100'000;
  settings.compression_level = 0;
  const auto chunks = numbered(100, 20'000);
  const auto writer = open(settings);
  ASSERT_TRUE(ok(store(*writer, chunks)));
  EXPECT_GT(packs().size(), 3u);
  expect_all(*writer, chunks);
  expect_all(*open(settings), chunks);
}

TEST_F(PackStoreTest, SameChunksOfEightThreadsAreStoredOnce) {
  const auto chunks = numbered(200, 5'000);
  const auto writer = open();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(ok(store(*writer, chunks))); });
  }
  for (std::thread& thread : threads) thread.join();
  expect_all(*writer, chunks);
  std::size_t stored = 0;
  for (const std::string& chunk : chunks) {
    stored +=
        scanned(*rows_->snapshot(),
                prefix_range(
                    std::string("k") +
                    std::string(reinterpret_cast<const char*>(sha256(chunk).bytes.data()), 32)),
                Direction::ascending)
            .size();
  }
  EXPECT_EQ(stored, chunks.size());
  std::uint64_t in_blocks = 0;
  const std::string pack = read_file(packs()[0]);
  for (std::size_t at = kPackHeaderBytes; at < pack.size();) {
    const auto header = decode_block_header(std::string_view(pack).substr(at), "block");
    ASSERT_TRUE(ok(header));
    in_blocks += header->chunks;
    at += header->block_bytes();
  }
  EXPECT_EQ(in_blocks, chunks.size());
}

// So many that commits begin beside the thread that goes on, and that it waits for one.
TEST_F(PackStoreTest, ChunksOfALargeStoreAreCommittedOnTheWay) {
  const auto chunks = numbered(140'000);
  PackSettings settings;
  settings.pack_bytes_max = 1'000'000;
  const auto writer = open(settings);
  auto batch = writer->begin();
  for (const std::string& chunk : chunks) {
    ASSERT_EQ((*batch)->put(sha256(chunk), chunk).value(), true);
  }
  EXPECT_TRUE(writer->holds(sha256(chunks[0])).value());
  ASSERT_TRUE(ok((*batch)->commit()));
  expect_all(*open(settings), chunks);
}

// Each chunk fills a block, most of them while somebody else's commit is under way.
TEST_F(PackStoreTest, CommitsBesideThoseWhoFillBlocksComeToAnEnd) {
  SyncCalls none = system_sync_calls();
  none.file = [](int) { return 0; };
  const auto packs = open({}, none);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < scaled(400); ++i) {
        const std::string name = std::to_string(thread) + "/" + std::to_string(i);
        ASSERT_TRUE(ok(store(*packs, {name + std::string(300'000, 'x')})));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(PackStoreTest, FailureOfACommitOnTheWayIsTold) {
  const auto chunks = numbered(140'000);
  bool works = true;
  const auto sync = [&](int) {
    errno = EIO;
    return works ? 0 : -1;
  };
  const auto writer = open({}, {sync, sync});
  works = false;
  EXPECT_TRUE(fails_with<Io>(store(*writer, chunks)));
  EXPECT_TRUE(fails_with<Io>(writer->begin(), "open the ledger again"));
  EXPECT_FALSE(writer->holds(sha256(chunks[0])).value());
}

TEST_F(PackStoreTest, TornEndOfEveryLengthIsCutOffAndNeverServed) {
  ASSERT_TRUE(ok(store(*open(), {"first"})));
  const std::string whole = read_file(packs()[0]);
  BlockBuilder block;
  block.add(sha256("never acknowledged"), "never acknowledged");
  const std::string torn = block.encode({0});
  for (std::size_t size = 1; size <= torn.size(); ++size) {
    write_file(packs()[0], whole + torn.substr(0, size), 0600);
    const auto reopened = open();
    EXPECT_TRUE(fails_with<Corruption>(reopened->get(sha256("never acknowledged")), "missing"));
    const std::string next = "after " + std::to_string(size);
    ASSERT_TRUE(ok(store(*reopened, {next})));
    expect_all(*open(), {"first", next});
    const std::string pack = read_file(packs()[0]);
    EXPECT_TRUE(pack.starts_with(whole));
    EXPECT_EQ(pack.find("never acknowledged"), std::string::npos);
    rows_ = std::make_unique<MemoryStore>();
    fs::remove_all(directory_);
    ASSERT_TRUE(ok(store(*open(), {"first"})));
  }
}

TEST_F(PackStoreTest, ShortenedPackIsCorruptionAndIsNeverAppendedTo) {
  ASSERT_TRUE(ok(store(*open(), {"first", "second"})));
  const fs::path damaged = packs()[0];
  const std::string whole = read_file(damaged);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(damaged, whole.substr(0, size), 0600);
    const auto reopened = open();
    EXPECT_TRUE(fails_with<Corruption>(reopened->get(sha256("first"))));
    ASSERT_TRUE(ok(store(*reopened, {"later " + std::to_string(size)})));
    EXPECT_EQ(read_file(damaged), whole.substr(0, size));
    expect_all(*reopened, {"later " + std::to_string(size)});
  }
}

TEST_F(PackStoreTest, EveryFlippedBitOfABlockIsAnErrorOfItsChunks) {
  ASSERT_TRUE(ok(store(*open(), {"forty bytes of content, more or less...."})));
  const std::string whole = read_file(packs()[0]);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    write_file(packs()[0], flipped, 0600);
    EXPECT_FALSE(open()->get(sha256("forty bytes of content, more or less....")).has_value())
        << bit;
  }
}

TEST_F(PackStoreTest, LinkOrFifoInPlaceOfAPackIsCorruption) {
  ASSERT_TRUE(ok(store(*open(), {"a"})));
  const fs::path pack = packs()[0];
  fs::rename(pack, scratch_ / "elsewhere");
  fs::create_symlink(scratch_ / "elsewhere", pack);
  EXPECT_TRUE(fails_with<Corruption>(open()->get(sha256("a")), "no regular file"));
  fs::remove(pack);
  ASSERT_EQ(mkfifo(pack.c_str(), 0600), 0);
  EXPECT_TRUE(fails_with<Corruption>(open()->get(sha256("a")), "no regular file"));
  fs::remove(pack);
  EXPECT_TRUE(fails_with<Corruption>(open()->get(sha256("a")), "missing"));
}

TEST_F(PackStoreTest, PackThatNoRowKnowsIsLeftAlone) {
  write_file(directory_ / "packs" / "0000000000000007.pack", "somebody's", 0600);
  fs::permissions(directory_, fs::perms::owner_all);
  ASSERT_TRUE(ok(store(*open(), {"a"})));
  EXPECT_EQ(read_file(directory_ / "packs" / "0000000000000007.pack"), "somebody's");
  EXPECT_TRUE(fs::exists(directory_ / "packs" / "0000000000000008.pack"));
}

// Each sync in turn fails, in a new store each time.
TEST_F(PackStoreTest, FailedSyncIsStickyAndNothingOfItIsFound) {
  for (int fail_at = 0;; ++fail_at) {
    rows_ = std::make_unique<MemoryStore>();
    fs::remove_all(directory_);
    int calls = 0;
    const auto sync = [&](int) {
      errno = EIO;
      return calls++ == fail_at ? -1 : 0;
    };
    auto opened = PackStore::open(directory_.string(), *rows_, true, {}, {sync, sync});
    if (opened) {
      const Status stored = store(**opened, {"a"});
      if (stored) {
        EXPECT_GE(fail_at, 3);
        return;
      }
      EXPECT_TRUE(fails_with<Io>(stored));
      EXPECT_TRUE(fails_with<Corruption>((*opened)->get(sha256("a")), "missing"));
      EXPECT_TRUE(fails_with<Io>((*opened)->begin(), "open the ledger again"));
    }
    const auto reopened = open();
    ASSERT_TRUE(ok(store(*reopened, {"a"})));
    expect_all(*reopened, {"a"});
  }
}

// What a process that dies at any moment leaves: the files as they are, without the rows.
TEST_F(PackStoreTest, DeathBeforeTheRowsLeavesAStoreThatGoesOn) {
  const auto first = numbered(20);
  ASSERT_TRUE(ok(store(*open(), first)));
  {
    auto dying = open();
    auto batch = dying->begin();
    for (const std::string& chunk : numbered(400, 3'000)) {
      ASSERT_TRUE(ok((*batch)->put(sha256(chunk), chunk)));
    }
  }  // blocks were appended, nothing was committed
  EXPECT_GT(fs::file_size(packs()[0]), 100'000u);
  const auto reopened = open();
  expect_all(*reopened, first);
  ASSERT_TRUE(ok(store(*reopened, {"next"})));
  EXPECT_LT(fs::file_size(packs()[0]), 10'000u);
  expect_all(*open(), first);
}

TEST_F(PackStoreTest, ReadOnlyNeverWrites) {
  EXPECT_TRUE(fails_with<Corruption>(PackStore::open(directory_.string(), *rows_, false)));
  EXPECT_FALSE(fs::exists(directory_));
  ASSERT_TRUE(ok(store(*open(), {"a"})));
  const auto reader = PackStore::open(directory_.string(), *rows_, false);
  ASSERT_TRUE(ok(reader));
  EXPECT_EQ(*(*reader)->get(sha256("a")), "a");
  EXPECT_TRUE(fails_with<ReadOnly>((*reader)->begin()));
}

}  // namespace
}  // namespace purser::pack_store_test
