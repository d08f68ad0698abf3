#include "pack_block.h"

#include <gtest/gtest.h>

#include <random>

#include "chunk_store.h"
#include "hash.h"
#include "storage/results.h"

namespace purser::pack_block_test {
namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string block_of(const std::vector<std::string>& chunks, int level) {
  BlockBuilder builder;
  for (const std::string& chunk : chunks) builder.add(sha256(chunk), chunk);
  return builder.encode({level});
}

TEST(PackBlock, BytesAreAsDocumented) {
  EXPECT_EQ(block_of({"hello purser\n"}, 3),
            from_hex("50555253424c434b"
                     "01000000"
                     "01000000"
                     "0d000000"
                     "0d000000"
                     "441f740980973dbf"
                     "afab646198a6b4cba7906ccac5293cf60b394daa31e3d27d8d9ffeb4a6117a55"
                     "0d000000"
                     "68656c6c6f207075727365720a"));
}

TEST(PackBlock, EveryChunkComesBackExactly) {
  const std::vector<std::string> chunks = {"a", std::string(1, '\0'), std::string(70'000, 'x'),
                                           random_bytes(30'000), "the end"};
  for (const int level : {0, 1, 3, 19}) {
    const std::string stored = block_of(chunks, level);
    const auto block = Block::decode(stored, "block");
    ASSERT_TRUE(ok(block));
    ASSERT_EQ(block->entries().size(), chunks.size());
    for (const std::string& chunk : chunks) {
      const Block::Entry* entry = block->find(sha256(chunk));
      ASSERT_NE(entry, nullptr);
      EXPECT_EQ(block->bytes(*entry), chunk);
    }
    EXPECT_EQ(block->find(sha256("another")), nullptr);
    EXPECT_EQ(stored.size() < 60'000, level > 0);
  }
}

TEST(PackBlock, WhatDoesNotBecomeSmallerIsLeftAsItIs) {
  const std::string chunk = random_bytes(200'000);
  const auto header = decode_block_header(block_of({chunk}, 3), "block");
  ASSERT_TRUE(ok(header));
  EXPECT_FALSE(header->compressed);
  EXPECT_EQ(header->stored_bytes, chunk.size());
}

TEST(PackBlock, EveryTruncationIsCorruption) {
  const std::string stored = block_of({"hello", std::string(500, 'x')}, 3);
  for (std::size_t size = 0; size < stored.size(); ++size) {
    EXPECT_TRUE(fails_with<Corruption>(Block::decode(stored.substr(0, size), "block"))) << size;
  }
  EXPECT_TRUE(fails_with<Corruption>(Block::decode(stored + "x", "block")));
}

TEST(PackBlock, EveryFlippedBitIsAnError) {
  const std::string stored = block_of({"hello", std::string(500, 'x')}, 3);
  for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
    std::string flipped = stored;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Block::decode(flipped, "block").has_value()) << bit;
  }
}

TEST(PackBlock, NewerFormatIsUnsupportedVersion) {
  std::string stored = block_of({"hello"}, 0);
  stored[8] = 2;
  EXPECT_TRUE(fails_with<UnsupportedVersion>(Block::decode(stored, "block")));
}

// A header with right checksum that says whatever it likes.
std::string forged(std::uint16_t encoding, std::uint32_t chunks, std::uint32_t plain,
                   std::string_view table_and_body, std::uint32_t stored_bytes) {
  std::string block = "PURSBLCK";
  const auto add = [&](auto value) {
    block.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  add(std::uint16_t{1});
  add(encoding);
  add(chunks);
  add(plain);
  add(stored_bytes);
  add(xxh3_64(block, table_and_body));
  return block.append(table_and_body);
}

TEST(PackBlock, HostileSizesAreCorruptionBeforeMemoryIsTaken) {
  std::string entry(32, 'd');
  const auto length = [](std::uint32_t value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const std::string five = entry + length(5) + "hello";
  ASSERT_TRUE(ok(Block::decode(forged(0, 1, 5, five, 5), "block")));
  EXPECT_TRUE(fails_with<Corruption>(Block::decode(forged(2, 1, 5, five, 5), "block")));
  EXPECT_TRUE(fails_with<Corruption>(Block::decode(forged(0, 0, 5, five, 5), "block")));
  EXPECT_TRUE(fails_with<Corruption>(Block::decode(forged(0, 0xffffffff, 5, five, 5), "block")));
  EXPECT_TRUE(fails_with<Corruption>(Block::decode(forged(1, 1, 0xffffffff, five, 5), "block")));
  EXPECT_TRUE(fails_with<Corruption>(Block::decode(forged(1, 1, 1 << 20, five, 5), "block")));
  EXPECT_TRUE(fails_with<Corruption>(
      Block::decode(forged(0, 1, 5, entry + length(4) + "hello", 5), "block")));
  EXPECT_TRUE(fails_with<Corruption>(
      Block::decode(forged(0, 1, 5, entry + length(6) + "hello", 5), "block")));
  EXPECT_TRUE(fails_with<Corruption>(
      Block::decode(forged(0, 1, 5, entry + length(0) + "hello", 5), "block")));
}

// A frame that unpacks to more than its block says is refused, not followed.
TEST(PackBlock, CompressedBytesThatUnpackToAnotherLengthAreCorruption) {
  const std::string stored = block_of({std::string(10'000, 'x')}, 3);
  const auto header = decode_block_header(stored, "block");
  ASSERT_TRUE(ok(header));
  ASSERT_TRUE(header->compressed);
  const std::string body = stored.substr(kBlockHeaderBytes + 36);
  for (const std::uint32_t plain : {9'999u, 10'001u}) {
    std::string table(32, 'd');
    table.append(reinterpret_cast<const char*>(&plain), sizeof plain);
    EXPECT_TRUE(fails_with<Corruption>(
        Block::decode(forged(1, 1, plain, table + body, header->stored_bytes), "block")));
  }
}

}  // namespace
}  // namespace purser::pack_block_test
