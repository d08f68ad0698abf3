#include "loose_chunks.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <set>

#include "hash.h"
#include "pack_store.h"
#include "storage/results.h"
#include "storage/scratch.h"
#include "storage/stores.h"

namespace purser::loose_chunks_test {
namespace {

namespace fs = std::filesystem;

std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

// The file of a chunk as version 0.1.0 wrote it.
std::string chunk_file(std::string_view chunk) {
  const Digest digest = sha256(chunk);
  return "PURSCHNK" + little_endian(1, 4) + little_endian(0, 4) + little_endian(chunk.size(), 8) +
         std::string(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()) +
         little_endian(xxh3_64(chunk), 8) + std::string(chunk);
}

class LooseChunksTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_);
    root_ = UniqueFd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    loose_ = std::make_unique<LooseChunks>(root_.get());
  }
  [[nodiscard]] fs::path file_of(std::string_view chunk) const {
    const std::string name = to_hex(sha256(chunk));
    return directory_ / name.substr(0, 2) / name;
  }
  void put(std::string_view chunk) { write_file(file_of(chunk), chunk_file(chunk), 0600); }
  [[nodiscard]] std::set<std::string> in_directory() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  Scratch scratch_;
  fs::path directory_ = scratch_ / "chunks";
  UniqueFd root_;
  std::unique_ptr<LooseChunks> loose_;
  MemoryStore rows_;
};

TEST_F(LooseChunksTest, FileAsDocumentedIsRead) {
  const std::string hex =
      "5055525343484e4b"
      "01000000"
      "00000000"
      "0d00000000000000"
      "afab646198a6b4cba7906ccac5293cf60b394daa31e3d27d8d9ffeb4a6117a55"
      "661db99b283713bd"
      "68656c6c6f207075727365720a";
  std::string file;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    file += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  EXPECT_EQ(chunk_file("hello purser\n"), file);
  put("hello purser\n");
  EXPECT_EQ(*loose_->get(sha256("hello purser\n")), "hello purser\n");
}

TEST_F(LooseChunksTest, EveryTruncationAndAnyAdditionIsCorruption) {
  const std::string chunk = "forty bytes of content, more or less....";
  const std::string whole = chunk_file(chunk);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(file_of(chunk), whole.substr(0, size));
    ASSERT_TRUE(fails_with<Corruption>(loose_->get(sha256(chunk)))) << size;
  }
  write_file(file_of(chunk), whole + "x");
  EXPECT_TRUE(fails_with<Corruption>(loose_->get(sha256(chunk))));
}

TEST_F(LooseChunksTest, EveryFlippedBitIsAnError) {
  const std::string chunk = "forty bytes of content, more or less....";
  const std::string whole = chunk_file(chunk);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    write_file(file_of(chunk), damaged);
    const auto read = loose_->get(sha256(chunk));
    ASSERT_FALSE(read.has_value()) << bit;
    const bool in_format = bit / 8 >= 8 && bit / 8 < 12;
    ASSERT_TRUE(read.error().is<Corruption>() ||
                (in_format && read.error().is<UnsupportedVersion>()))
        << bit << " " << read.error().message();
  }
}

TEST_F(LooseChunksTest, LinkOrFifoInPlaceOfAChunkIsCorruption) {
  put("a");
  fs::rename(file_of("a"), scratch_ / "elsewhere");
  fs::create_symlink(scratch_ / "elsewhere", file_of("a"));
  EXPECT_TRUE(fails_with<Corruption>(loose_->get(sha256("a"))));
  fs::remove(file_of("a"));
  ASSERT_EQ(mkfifo(file_of("a").c_str(), 0600), 0);
  EXPECT_TRUE(fails_with<Corruption>(loose_->get(sha256("a"))));
}

TEST_F(LooseChunksTest, FirstWritableOpenMovesThemIntoPacksAndLeavesNothing) {
  for (int i = 0; i < 300; ++i) put("chunk " + std::to_string(i));
  write_file(directory_ / "tmp/0000000000000000", "stale");
  const auto reader = PackStore::open(directory_.string(), rows_, false);
  ASSERT_TRUE(ok(reader));
  EXPECT_EQ(*(*reader)->get(sha256("chunk 7")), "chunk 7");
  const auto writer = PackStore::open(directory_.string(), rows_, true);
  ASSERT_TRUE(ok(writer));
  EXPECT_EQ(in_directory(), std::set<std::string>{"packs"});
  for (int i = 0; i < 300; ++i) {
    const std::string chunk = "chunk " + std::to_string(i);
    EXPECT_EQ(*(*writer)->get(sha256(chunk)), chunk);
  }
}

// Interrupted at any point some chunks are in both places, and some files gone.
TEST_F(LooseChunksTest, InterruptedMoveIsFinishedByTheNextOpen) {
  for (int i = 0; i < 30; ++i) put("chunk " + std::to_string(i));
  ASSERT_TRUE(ok(PackStore::open(directory_.string(), rows_, true)));
  for (int i = 10; i < 20; ++i) put("chunk " + std::to_string(i));
  const auto writer = PackStore::open(directory_.string(), rows_, true);
  ASSERT_TRUE(ok(writer));
  EXPECT_EQ(in_directory(), std::set<std::string>{"packs"});
  for (int i = 0; i < 30; ++i) {
    const std::string chunk = "chunk " + std::to_string(i);
    EXPECT_EQ(*(*writer)->get(sha256(chunk)), chunk);
  }
}

TEST_F(LooseChunksTest, DamagedOneStaysWhereItIsAndIsReported) {
  put("good");
  put("rotten");
  std::string rotten = read_file(file_of("rotten"));
  rotten.back() = static_cast<char>(rotten.back() ^ 1);
  write_file(file_of("rotten"), rotten);
  const auto writer = PackStore::open(directory_.string(), rows_, true);
  ASSERT_TRUE(ok(writer));
  EXPECT_EQ(*(*writer)->get(sha256("good")), "good");
  EXPECT_TRUE(fails_with<Corruption>((*writer)->get(sha256("rotten")), "checksum"));
  EXPECT_EQ(read_file(file_of("rotten")), rotten);
}

// Equal checksums are easily made: only the digest says which chunk it is.
TEST_F(LooseChunksTest, OneWhoseBytesHaveAnotherDigestIsNotMoved) {
  std::string forged = chunk_file("bytes one");
  const std::string other = chunk_file("bytes two");
  forged.replace(56, std::string::npos, other.substr(56));
  write_file(file_of("bytes one"), forged, 0600);
  ASSERT_TRUE(ok(PackStore::open(directory_.string(), rows_, true)));
  EXPECT_TRUE(fs::exists(file_of("bytes one")));
}

}  // namespace
}  // namespace purser::loose_chunks_test
