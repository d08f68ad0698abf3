#include "content.h"

#include <gtest/gtest.h>

#include <random>

#include "chunker.h"
#include "memory_chunk_store.h"
#include "storage/results.h"

namespace purser::content_test {
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

ChunkList two_chunks() {
  return {(1u << 20) + 13, {{sha256("abc"), 1u << 20}, {sha256("hello purser\n"), 13}}};
}

// A list with a right checksum, whatever it says.
std::string with_checksum(std::string body) {
  const std::uint64_t sum = xxh3_64(body);
  for (int i = 0; i < 8; ++i) body += static_cast<char>(sum >> (8 * i));
  return body;
}

std::string stored_in(ChunkStore& store, std::string_view bytes, StoredContent* content) {
  auto batch = store.begin();
  auto stored = put_content(**batch, sha256(bytes), bytes);
  EXPECT_TRUE(ok(stored));
  EXPECT_TRUE(ok((*batch)->commit()));
  *content = *stored;
  auto read = read_content(store, stored->list);
  EXPECT_TRUE(ok(read));
  return *read;
}

TEST(Content, EverySizeComesBackExactly) {
  for (std::size_t size = 0; size <= 3 * kChunkBytesMax; size += size < 20 ? 1 : 4093) {
    MemoryChunkStore store;
    const std::string bytes = random_bytes(size);
    StoredContent content;
    EXPECT_EQ(stored_in(store, bytes, &content), bytes);
    EXPECT_EQ(content.digest, sha256(bytes));
    EXPECT_EQ(content.list.size, size);
    EXPECT_EQ(content.new_bytes, size);
    if (size <= kWholeFileBytesMax) {
      EXPECT_EQ(content.list.chunks.size(), size == 0 ? 0u : 1u);
    }
  }
}

TEST(Content, SmallFileIsOneChunkWithTheDigestOfTheFile) {
  MemoryChunkStore store;
  StoredContent content;
  stored_in(store, random_bytes(kWholeFileBytesMax), &content);
  ASSERT_EQ(content.list.chunks.size(), 1u);
  EXPECT_EQ(content.list.chunks[0].digest, content.digest);
}

TEST(Content, CutDoesNotDependOnHowTheBytesCame) {
  for (const std::size_t size : {std::size_t{100}, kWholeFileBytesMax, kWholeFileBytesMax + 1,
                                 5 * kChunkBytesMax + 100, 41 * kChunkBytesMax + 100}) {
    const std::string bytes = random_bytes(size);
    MemoryChunkStore store;
    StoredContent whole;
    stored_in(store, bytes, &whole);
    // Parts of a megabyte are hashed by another thread.
    for (const std::size_t step :
         {std::size_t{1000}, kChunkBytesMax - 1, 3 * kChunkBytesMax, 16 * kChunkBytesMax}) {
      auto batch = store.begin();
      ContentWriter writer(**batch);
      for (std::size_t at = 0; at < bytes.size(); at += step) {
        ASSERT_TRUE(ok(writer.write(std::string_view(bytes).substr(at, step))));
      }
      const auto parts = writer.finish();
      ASSERT_TRUE(ok(parts));
      EXPECT_EQ(parts->digest, whole.digest);
      EXPECT_EQ(parts->list, whole.list);
      EXPECT_EQ(parts->new_bytes, 0u);
    }
  }
}

TEST(Content, BytesHeldAlreadyAreNotCountedAsNew) {
  MemoryChunkStore store;
  StoredContent content;
  stored_in(store, std::string(3 * kChunkBytesMax, 'x'), &content);
  EXPECT_EQ(content.new_bytes, kChunkBytesMax);
  stored_in(store, std::string(kChunkBytesMax, 'x') + "new", &content);
  EXPECT_EQ(content.new_bytes, 3u);
}

TEST(Content, ChunkOfAnotherLengthThanListedIsCorruption) {
  MemoryChunkStore store;
  StoredContent content;
  stored_in(store, "hello", &content);
  content.list.chunks[0].length = 4;
  EXPECT_TRUE(fails_with<Corruption>(read_content(store, content.list)));
}

TEST(Content, SinkErrorEndsTheRead) {
  MemoryChunkStore store;
  StoredContent content;
  stored_in(store, std::string(2 * kChunkBytesMax, 'x'), &content);
  int calls = 0;
  const Status status = read_content(store, content.list, [&](std::string_view) -> Status {
    ++calls;
    return Cancelled{};
  });
  EXPECT_TRUE(fails_with<Cancelled>(status));
  EXPECT_EQ(calls, 1);
}

TEST(ChunkListRecord, BytesAreAsDocumented) {
  EXPECT_EQ(encode_chunk_list(two_chunks()),
            from_hex("505552534c495354"
                     "01000000"
                     "0d00100000000000"
                     "02000000"
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
                     "00001000"
                     "afab646198a6b4cba7906ccac5293cf60b394daa31e3d27d8d9ffeb4a6117a55"
                     "0d000000"
                     "762d3b11d1c5e66b"));
  EXPECT_EQ(encode_chunk_list({}), from_hex("505552534c495354010000000000000000000000"
                                            "00000000acfbc1bd0cbdc934"));
}

TEST(ChunkListRecord, ComesBackAsItWas) {
  for (const ChunkList& list : {ChunkList{}, two_chunks()}) {
    const auto decoded = decode_chunk_list(encode_chunk_list(list));
    ASSERT_TRUE(ok(decoded));
    EXPECT_EQ(*decoded, list);
  }
}

TEST(ChunkListRecord, EveryTruncationAndEveryExtraByteIsCorruption) {
  const std::string stored = encode_chunk_list(two_chunks());
  for (std::size_t size = 0; size < stored.size(); ++size) {
    EXPECT_TRUE(fails_with<Corruption>(decode_chunk_list(stored.substr(0, size)))) << size;
  }
  EXPECT_TRUE(fails_with<Corruption>(decode_chunk_list(stored + '\0')));
}

TEST(ChunkListRecord, EveryFlippedBitIsNoticed) {
  const std::string stored = encode_chunk_list(two_chunks());
  for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
    std::string damaged = stored;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const auto decoded = decode_chunk_list(damaged);
    ASSERT_FALSE(decoded.has_value()) << bit;
    const bool in_format = bit / 8 == 8 || bit / 8 == 9;
    EXPECT_TRUE(decoded.error().is<Corruption>() ||
                (in_format && decoded.error().is<UnsupportedVersion>()));
  }
}

TEST(ChunkListRecord, NewerFormatIsUnsupportedWhateverFollows) {
  std::string stored = encode_chunk_list({});
  stored[8] = 2;
  stored += "more";
  EXPECT_TRUE(fails_with<UnsupportedVersion>(decode_chunk_list(stored, "list 7"), "list 7"));
}

TEST(ChunkListRecord, LiesUnderARightChecksumAreCorruption) {
  const std::string honest = encode_chunk_list(two_chunks());
  const std::string body = honest.substr(0, honest.size() - 8);
  ASSERT_TRUE(ok(decode_chunk_list(with_checksum(body))));
  const auto altered = [&](std::size_t at, char byte) {
    std::string other = body;
    other[at] = byte;
    return decode_chunk_list(with_checksum(other));
  };
  EXPECT_TRUE(fails_with<Corruption>(altered(8, 0)));        // format 0
  EXPECT_TRUE(fails_with<Corruption>(altered(10, 1)));       // reserved
  EXPECT_TRUE(fails_with<Corruption>(altered(12, 14)));      // size is not the sum
  EXPECT_TRUE(fails_with<Corruption>(altered(20, 1)));       // fewer chunks than bytes for them
  EXPECT_TRUE(fails_with<Corruption>(altered(23, '\x7f')));  // 2 thousand million chunks
  EXPECT_TRUE(fails_with<Corruption>(altered(59, 2)));       // a chunk over 16 MiB
  EXPECT_TRUE(fails_with<Corruption>(altered(92, 0), "0 bytes"));
}

}  // namespace
}  // namespace purser::content_test
