#include "chunker.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/scale.h"

namespace purser::chunker_test {
namespace {

// SplitMix64 from 1, as little-endian bytes: the same everywhere.
std::string known_bytes(std::size_t size) {
  std::string bytes;
  std::uint64_t state = 1;
  while (bytes.size() < size) {
    state += 0x9e3779b97f4a7c15;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(z >> (8 * i));
  }
  bytes.resize(size);
  return bytes;
}

std::string known_text() {
  std::string text;
  for (int i = 0; i < 12'000; ++i) text += "line " + std::to_string(i) + " of a text\n";
  return text;
}

std::vector<std::size_t> lengths(std::string_view bytes) {
  std::vector<std::size_t> lengths;
  while (!bytes.empty()) {
    lengths.push_back(first_chunk_bytes(bytes));
    bytes.remove_prefix(lengths.back());
  }
  return lengths;
}

std::multiset<std::string> chunks(std::string_view bytes) {
  std::multiset<std::string> chunks;
  for (const std::size_t length : lengths(bytes)) {
    chunks.emplace(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return chunks;
}

std::size_t not_in(const std::multiset<std::string>& some, const std::multiset<std::string>& all) {
  std::size_t count = 0;
  for (const std::string& chunk : some) count += all.contains(chunk) ? 0 : 1;
  return count;
}

// Computed by another program, a byte at a time, from the description in docs/artifact-format.md.
TEST(Chunker, KnownBytesAreCutWhereTheyAlwaysWere) {
  using Lengths = std::vector<std::size_t>;
  EXPECT_EQ(lengths(known_bytes(200'000)),
            Lengths({32703, 18439, 16357, 20588, 16847, 16753, 22689, 17364, 22704, 15556}));
  EXPECT_EQ(lengths(known_text()), Lengths({21293, 25945, 17481, 16972, 16862, 18662, 16940, 20473,
                                            19168, 24720, 22667, 18782, 925}));
  EXPECT_EQ(lengths(std::string(200'000, '\0')), Lengths({65536, 65536, 65536, 3392}));
}

TEST(Chunker, EveryChunkButTheLastHasALengthBetweenTheLimits) {
  for (std::size_t size = 1; size <= 3 * kChunkBytesMax; size += size < 40 ? 1 : 997) {
    const std::vector<std::size_t> found = lengths(known_bytes(size));
    std::size_t sum = 0;
    for (const std::size_t length : found) {
      sum += length;
      EXPECT_LE(length, kChunkBytesMax);
      if (sum < size) {
        EXPECT_GT(length, kChunkBytesMin);
      }
    }
    EXPECT_EQ(sum, size);
  }
}

// What is added at the end changes no chunk but the last.
TEST(Chunker, FilesOfAllSizesAreCutAsTheLongestOneIs) {
  const std::string bytes = known_bytes(3 * kChunkBytesMax);
  const std::vector<std::size_t> cuts = lengths(bytes);
  std::size_t begin = 0;  // of the last chunk
  auto cut = cuts.begin();
  for (std::size_t size = 1; size <= bytes.size(); size += kSlowdown) {
    for (; size - begin > *cut; ++cut) {
      ASSERT_EQ(first_chunk_bytes(std::string_view(bytes).substr(begin, size - begin)), *cut);
      begin += *cut;
    }
    const std::string_view last = std::string_view(bytes).substr(begin, size - begin);
    ASSERT_EQ(first_chunk_bytes(last), last.size()) << size;
  }
}

TEST(Chunker, CutDependsOnNothingBehindTheLargestChunk) {
  const std::string bytes = known_bytes(3 * kChunkBytesMax);
  EXPECT_EQ(first_chunk_bytes(bytes),
            first_chunk_bytes(std::string_view(bytes).substr(0, kChunkBytesMax)));
}

TEST(Chunker, AnEditInTheMiddleChangesAFewChunksWhateverTheLengthOfTheFile) {
  for (const std::size_t size : {std::size_t{1} << 20, std::size_t{4} << 20}) {
    const std::string before = known_bytes(size);
    const std::multiset<std::string> old_chunks = chunks(before);
    std::string replaced = before;
    replaced[size / 2] = static_cast<char>(replaced[size / 2] + 1);
    std::string inserted = before;
    inserted.insert(size / 2, "a few bytes more");
    std::string erased = before;
    erased.erase(size / 2, 1000);
    for (const std::string& after : {replaced, inserted, erased}) {
      EXPECT_LE(not_in(chunks(after), old_chunks), 4u);
      EXPECT_GE(not_in(chunks(after), old_chunks), 1u);
    }
  }
}

}  // namespace
}  // namespace purser::chunker_test
