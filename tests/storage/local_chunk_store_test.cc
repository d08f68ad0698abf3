#include "local_chunk_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "hash.h"
#include "storage/results.h"
#include "storage/scratch.h"

namespace purser {
namespace {

namespace fs = std::filesystem;

// Real syncs, written down: what was synced, and how many chunks had their final name then.
struct SyncLog {
  struct Entry {
    std::string what;  // relative to the chunk directory; "*" for the file system
    std::size_t chunks_named = 0;
  };

  explicit SyncLog(fs::path chunk_directory) : directory(std::move(chunk_directory)) {}

  SyncCalls calls() {
    return {[this](int fd) { return note(fs::relative(target(fd), directory).string(), fd); },
            [this](int fd) { return note("*", fd); }};
  }
  [[nodiscard]] std::size_t chunks_named() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      count += entry.is_regular_file() && entry.path().filename().string().size() == 64;
    }
    return count;
  }

  fs::path directory;
  std::vector<Entry> entries;
  int fail_at = -1;  // index of the call that fails

 private:
  static fs::path target(int fd) { return fs::read_symlink("/proc/self/fd/" + std::to_string(fd)); }
  int note(std::string what, int fd) {
    entries.push_back({std::move(what), chunks_named()});
    if (static_cast<int>(entries.size()) - 1 == fail_at) {
      errno = EIO;
      return -1;
    }
    return fsync(fd);
  }
};

class LocalChunkStoreTest : public testing::Test {
 protected:
  std::unique_ptr<LocalChunkStore> open(const SyncCalls& sync = system_sync_calls()) {
    auto store = LocalChunkStore::open(directory_.string(), true, sync);
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
  static std::vector<std::string> numbered(int count) {
    std::vector<std::string> chunks;
    chunks.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) chunks.push_back("chunk " + std::to_string(i));
    return chunks;
  }
  [[nodiscard]] fs::path file_of(std::string_view chunk) const {
    const std::string name = to_hex(sha256(chunk));
    return directory_ / name.substr(0, 2) / name;
  }
  [[nodiscard]] bool nothing_staged() const { return fs::is_empty(directory_ / "tmp"); }

  Scratch scratch_;
  fs::path directory_ = scratch_ / "chunks";
};

TEST_F(LocalChunkStoreTest, FileIsAsDocumented) {
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, {"hello purser\n"})));
  std::string expected;
  const std::string hex =
      "5055525343484e4b"
      "01000000"
      "00000000"
      "0d00000000000000"
      "afab646198a6b4cba7906ccac5293cf60b394daa31e3d27d8d9ffeb4a6117a55"
      "661db99b283713bd"
      "68656c6c6f207075727365720a";
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    expected += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  EXPECT_EQ(read_file(file_of("hello purser\n")), expected);
}

TEST_F(LocalChunkStoreTest, NobodyElseMayReadIt) {
  const mode_t before = umask(0);
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, {"a"})));
  umask(before);
  EXPECT_EQ(mode_of(directory_), 0700u);
  EXPECT_EQ(mode_of(directory_ / "tmp"), 0700u);
  EXPECT_EQ(mode_of(file_of("a").parent_path()), 0700u);
  EXPECT_EQ(mode_of(file_of("a")), 0600u);
}

TEST_F(LocalChunkStoreTest, EveryTruncationIsCorruptionAndIsHealedByAPut) {
  const std::string chunk = "forty bytes of content, more or less....";
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, {chunk})));
  const std::string whole = read_file(file_of(chunk));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(file_of(chunk), whole.substr(0, size));
    ASSERT_TRUE(fails_with<Corruption>(writer->get(sha256(chunk)))) << size;
    ASSERT_TRUE(ok(store(*writer, {chunk})));
    ASSERT_EQ(read_file(file_of(chunk)), whole) << size;
  }
  write_file(file_of(chunk), whole + "x");
  EXPECT_TRUE(fails_with<Corruption>(writer->get(sha256(chunk))));
}

TEST_F(LocalChunkStoreTest, EveryFlippedBitIsAnError) {
  const std::string chunk = "forty bytes of content, more or less....";
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, {chunk})));
  const std::string whole = read_file(file_of(chunk));
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    write_file(file_of(chunk), damaged);
    const auto read = writer->get(sha256(chunk));
    ASSERT_FALSE(read.has_value()) << bit;
    const bool in_format = bit / 8 >= 8 && bit / 8 < 12;
    ASSERT_TRUE(read.error().is<Corruption>() ||
                (in_format && read.error().is<UnsupportedVersion>()))
        << bit << " " << read.error().message();
  }
}

TEST_F(LocalChunkStoreTest, DamagedHeaderIsHealedByAPut) {
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, {"some content"})));
  const std::string whole = read_file(file_of("some content"));
  for (const std::size_t at : {0u, 12u, 16u, 24u, 60u}) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write_file(file_of("some content"), damaged);
    ASSERT_TRUE(ok(store(*writer, {"some content"})));
    EXPECT_EQ(read_file(file_of("some content")), whole) << at;
  }
}

TEST_F(LocalChunkStoreTest, ChunkOfANewerFormatIsNeitherReadNorReplaced) {
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, {"a"})));
  std::string newer = read_file(file_of("a"));
  newer[8] = 2;
  write_file(file_of("a"), newer);
  EXPECT_TRUE(fails_with<UnsupportedVersion>(writer->get(sha256("a"))));
  EXPECT_TRUE(fails_with<UnsupportedVersion>(store(*writer, {"a"})));
  EXPECT_EQ(read_file(file_of("a")), newer);
}

TEST_F(LocalChunkStoreTest, LinkOrFifoInPlaceOfAChunkIsCorruption) {
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, {"a"})));
  fs::rename(file_of("a"), scratch_ / "elsewhere");
  fs::create_symlink(scratch_ / "elsewhere", file_of("a"));
  EXPECT_TRUE(fails_with<Corruption>(writer->get(sha256("a"))));
  fs::remove(file_of("a"));
  ASSERT_EQ(mkfifo(file_of("a").c_str(), 0600), 0);
  EXPECT_TRUE(fails_with<Corruption>(writer->get(sha256("a"))));
}

TEST_F(LocalChunkStoreTest, FewChunksAreSyncedBeforeTheyAreNamedAndTheirDirectoriesAfter) {
  SyncLog log(directory_);
  const auto writer = open(log.calls());
  const std::vector<std::string> chunks = numbered(3);
  ASSERT_TRUE(ok(store(*writer, chunks)));
  ASSERT_GE(log.entries.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(log.entries[i].what.starts_with("tmp/")) << log.entries[i].what;
    EXPECT_EQ(log.entries[i].chunks_named, 0u);
  }
  std::set<std::string> after;
  for (std::size_t i = 3; i < log.entries.size(); ++i) {
    EXPECT_EQ(log.entries[i].chunks_named, 3u);
    after.insert(log.entries[i].what);
  }
  std::set<std::string> expected = {".", ".."};
  for (const std::string& chunk : chunks) {
    expected.insert(file_of(chunk).parent_path().filename().string());
  }
  EXPECT_EQ(after, expected);
}

TEST_F(LocalChunkStoreTest, ManyChunksAreSyncedTogetherBeforeAndAfterTheyAreNamed) {
  SyncLog log(directory_);
  const auto writer = open(log.calls());
  ASSERT_TRUE(ok(store(*writer, numbered(100))));
  ASSERT_EQ(log.entries.size(), 3u);
  EXPECT_EQ(log.entries[0].what, "*");
  EXPECT_EQ(log.entries[0].chunks_named, 0u);
  EXPECT_EQ(log.entries[1].what, "..");
  EXPECT_EQ(log.entries[2].what, "*");
  EXPECT_EQ(log.entries[2].chunks_named, 100u);
}

// Whoever renamed it may have died before the directory was synced.
TEST_F(LocalChunkStoreTest, DirectoriesOfAFoundChunkAreSynced) {
  ASSERT_TRUE(ok(store(*open(), {"a"})));
  SyncLog log(directory_);
  const auto writer = open(log.calls());
  ASSERT_TRUE(ok(store(*writer, {"a"})));
  std::set<std::string> synced;
  for (const auto& entry : log.entries) synced.insert(entry.what);
  EXPECT_EQ(synced,
            std::set<std::string>({".", "..", file_of("a").parent_path().filename().string()}));
  EXPECT_EQ(log.chunks_named(), 1u);
}

TEST_F(LocalChunkStoreTest, FailedSyncIsStickyAndLeavesWholeChunksOnly) {
  for (const int count : {3, 100}) {
    for (int fail_at = 0; fail_at < 20; ++fail_at) {
      fs::remove_all(directory_);
      SyncLog log(directory_);
      log.fail_at = fail_at;
      auto writer = open(log.calls());
      auto other = writer->begin();
      ASSERT_TRUE(ok((*other)->put(sha256("other"), "other")));
      const Status status = store(*writer, numbered(count));
      if (status.has_value()) {
        ASSERT_LE(static_cast<int>(log.entries.size()), fail_at);
        break;
      }
      ASSERT_LT(fail_at, 19) << "no run without a failure";
      EXPECT_TRUE(fails_with<Io>(status, "Input/output error"));
      EXPECT_TRUE(fails_with<Io>(writer->begin(), "earlier sync"));
      EXPECT_TRUE(fails_with<Io>((*other)->commit(), "earlier sync"));
      EXPECT_EQ(log.entries.size(), static_cast<std::size_t>(fail_at) + 1) << "it synced again";
      for (const std::string& chunk : numbered(count)) {
        const auto read = writer->get(sha256(chunk));
        EXPECT_TRUE(!read || *read == chunk);
      }
      EXPECT_TRUE(fails_with<Corruption>(writer->get(sha256("other"))));
      other.value().reset();
      EXPECT_TRUE(nothing_staged());
      ASSERT_TRUE(ok(store(*open(), numbered(count))));
    }
  }
}

TEST_F(LocalChunkStoreTest, CommittedAndAbandonedBatchesLeaveNothingStaged) {
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, numbered(20))));
  EXPECT_TRUE(nothing_staged());
  {
    auto batch = writer->begin();
    ASSERT_TRUE(ok((*batch)->put(sha256("new"), "new")));
    EXPECT_FALSE(nothing_staged());
    EXPECT_EQ(mode_of(fs::directory_iterator(directory_ / "tmp")->path()), 0600u);
  }
  EXPECT_TRUE(nothing_staged());
}

TEST_F(LocalChunkStoreTest, WritableOpenRemovesWhatADeadProcessStaged) {
  ASSERT_TRUE(ok(store(*open(), {"a"})));
  write_file(scratch_ / "outside/kept", "kept");
  write_file(directory_ / "tmp/0000000000000000", "stale");
  write_file(directory_ / "tmp/directory/file", "stale");
  fs::create_directory_symlink(scratch_ / "outside", directory_ / "tmp/link");
  const auto reader = LocalChunkStore::open(directory_.string(), false);
  ASSERT_TRUE(ok(reader));
  EXPECT_FALSE(nothing_staged());
  const auto writer = open();
  EXPECT_TRUE(nothing_staged());
  EXPECT_EQ(read_file(scratch_ / "outside/kept"), "kept");
  ASSERT_TRUE(ok(store(*writer, {"b"})));
  EXPECT_EQ(*(*reader)->get(sha256("a")), "a");
  EXPECT_EQ(*(*reader)->get(sha256("b")), "b");
}

TEST_F(LocalChunkStoreTest, StoringTheSameBytesAgainMendsARottenChunk) {
  const auto writer = open();
  ASSERT_TRUE(ok(store(*writer, {"some bytes"})));
  const std::string hex = to_hex(sha256("some bytes"));
  const fs::path file = directory_ / hex.substr(0, 2) / hex;
  std::string rotten = read_file(file);
  rotten.back() ^= 1;
  write_file(file, rotten);
  ASSERT_TRUE(fails_with<Corruption>(writer->get(sha256("some bytes"))));
  ASSERT_TRUE(ok(store(*writer, {"some bytes"})));
  EXPECT_EQ(*writer->get(sha256("some bytes")), "some bytes");
}

TEST_F(LocalChunkStoreTest, TemporaryDirectoryThatIsALinkIsRefused) {
  write_file(scratch_ / "outside/kept", "kept");
  fs::create_directory(directory_);
  fs::create_directory_symlink(scratch_ / "outside", directory_ / "tmp");
  EXPECT_TRUE(fails_with<Io>(LocalChunkStore::open(directory_.string(), true)));
  EXPECT_EQ(read_file(scratch_ / "outside/kept"), "kept");
}

TEST_F(LocalChunkStoreTest, ReadOnlyNeverWrites) {
  EXPECT_TRUE(fails_with<Corruption>(LocalChunkStore::open(directory_.string(), false), "missing"));
  EXPECT_FALSE(fs::exists(directory_));
  fs::create_directory(directory_);
  const auto reader = LocalChunkStore::open(directory_.string(), false);
  ASSERT_TRUE(ok(reader));
  EXPECT_TRUE(fails_with<ReadOnly>((*reader)->begin()));
  EXPECT_TRUE(fails_with<Corruption>((*reader)->get(sha256("a")), "missing"));
  EXPECT_TRUE(fs::is_empty(directory_));
}

}  // namespace
}  // namespace purser
