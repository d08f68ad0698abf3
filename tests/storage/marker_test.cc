#include "marker.h"

#include <gtest/gtest.h>

#include <cstring>

#include "hash.h"
#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::marker_test {
namespace {

constexpr std::size_t kFormatAt = 8;

LedgerId sample_id() {
  LedgerId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(0xf0 - i);
  }
  return id;
}

class MarkerTest : public testing::Test {
 protected:
  std::string directory() const { return scratch_.path().string(); }
  std::string file() const { return scratch_ / "PURSER"; }
  std::string marker() {
    std::filesystem::remove(file());
    EXPECT_TRUE(ok(write_marker(directory(), sample_id())));
    return read_file(file());
  }
  Result<LedgerId> read_from(const std::string& bytes) {
    std::filesystem::remove(file());  // cutting it to nothing would cost a sync each time
    write_file(file(), bytes);
    return read_marker(directory());
  }

 private:
  Scratch scratch_;
};

TEST_F(MarkerTest, HasItsGoldenBytes) {
  const unsigned char golden[] = {
      'P',  'U',  'R',  'S',  'E',  'R',  '\r', '\n',  // magic
      1,    0,    0,    0,                             // format
      0,    0,    0,    0,                             // reserved
      0xf0, 0xef, 0xee, 0xed, 0xec, 0xeb, 0xea, 0xe9,  // ledger id
      0xe8, 0xe7, 0xe6, 0xe5, 0xe4, 0xe3, 0xe2, 0xe1,  //
      0x61, 0x9e, 0xfd, 0xdd, 0xac, 0x16, 0xc4, 0x3b,  // XXH3-64 of all before
  };
  EXPECT_EQ(marker(), std::string(std::begin(golden), std::end(golden)));
  EXPECT_EQ(read_marker(directory()).value(), sample_id());
}

TEST_F(MarkerTest, NoMarkerIsNoLedger) {
  EXPECT_TRUE(fails_with<NotFound>(read_marker(directory()), directory()));
}

TEST_F(MarkerTest, EveryOtherLengthIsCorruption) {
  const std::string bytes = marker();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_TRUE(fails_with<Corruption>(read_from(bytes.substr(0, size)), "PURSER")) << size;
  }
  EXPECT_TRUE(fails_with<Corruption>(read_from(bytes + '\0')));
}

TEST_F(MarkerTest, EveryFlippedBitIsNoticed) {
  const std::string bytes = marker();
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const bool in_format = bit / 8 >= kFormatAt && bit / 8 < kFormatAt + 4 && bit != 8 * kFormatAt;
    const auto result = read_from(flipped);
    ASSERT_TRUE(in_format ? fails_with<UnsupportedVersion>(result) : fails_with<Corruption>(result))
        << bit;
  }
}

TEST_F(MarkerTest, NewerFormatIsUnsupportedWhateverFollows) {
  const std::string newer("PURSER\r\n\2\0\0\0", 12);
  for (const std::string& bytes :
       {newer, newer + "longer than the marker of format 1 was, by far"}) {
    const auto result = read_from(bytes);
    ASSERT_TRUE(fails_with<UnsupportedVersion>(result));
    EXPECT_EQ(result.error().as<UnsupportedVersion>()->found, 2u);
    EXPECT_EQ(result.error().as<UnsupportedVersion>()->known, kLedgerFormat);
  }
}

TEST_F(MarkerTest, IsNeverReplaced) {
  const std::string bytes = marker();
  EXPECT_TRUE(fails_with<AlreadyExists>(write_marker(directory(), LedgerId{})));
  EXPECT_EQ(read_file(file()), bytes);
}

TEST_F(MarkerTest, WhatIsReservedIsZero) {
  std::string bytes = marker();
  bytes[kFormatAt + 4] = 1;
  const std::uint64_t checksum = xxh3_64(std::string_view(bytes).substr(0, 32));
  std::memcpy(bytes.data() + 32, &checksum, sizeof checksum);
  EXPECT_TRUE(fails_with<Corruption>(read_from(bytes)));
}

}  // namespace
}  // namespace purser::marker_test
