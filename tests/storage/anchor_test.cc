#include "anchor.h"

#include <gtest/gtest.h>

#include <cstring>

#include "hash.h"
#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::anchor_test {
namespace {

constexpr std::size_t kSlotBytes = 96;
constexpr std::size_t kSecondSlot = 4096;
constexpr std::size_t kClosingBytes = 48;
constexpr std::size_t kRecordBytes = kSlotBytes + kClosingBytes;
constexpr std::size_t kFormatAt = 8;
constexpr std::size_t kChecksumAt = 88;

AnchorMark mark(std::uint64_t log_size) {
  AnchorMark mark;
  for (std::size_t i = 0; i < mark.ledger_id.bytes.size(); ++i) {
    mark.ledger_id.bytes[i] = static_cast<std::uint8_t>(0x10 + i);
  }
  mark.log_size = Position{log_size};
  mark.time = Timestamp{1'767'225'600'000'001};
  return mark;
}

// A directory with an anchor that says 1, then 2, and so on to `last`.
class AnchorTest : public testing::Test {
 protected:
  void write_up_to(std::uint64_t last) {
    ASSERT_TRUE(ok(Anchor::create(directory(), mark(1))));
    auto anchor = Anchor::open(directory());
    ASSERT_TRUE(ok(anchor));
    for (std::uint64_t size = 2; size <= last; ++size) ASSERT_TRUE(ok(anchor->write(mark(size))));
  }
  std::string directory() const { return scratch_.path().string(); }
  std::string file() const { return scratch_ / "anchor"; }

  // What is read when the file has these bytes: a log size, or 0 for Corruption{anchor}.
  std::uint64_t size_read_from(const std::string& bytes) {
    std::filesystem::remove(file());  // cutting it to nothing would cost a sync each time
    write_file(file(), bytes);
    const auto read = Anchor::read(directory());
    if (read) return read->log_size.value;
    EXPECT_TRUE(read.error().is<Corruption>()) << read.error().message();
    if (const auto* corruption = read.error().as<Corruption>()) {
      EXPECT_EQ(corruption->where, "anchor");
    }
    return 0;
  }

 private:
  Scratch scratch_;
};

std::string hex(std::string_view bytes) {
  std::string text;
  for (unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

TEST_F(AnchorTest, SlotHasItsGoldenBytes) {
  ASSERT_TRUE(ok(Anchor::create(directory(), mark(0x0102030405060708))));
  const std::string bytes = read_file(file());
  ASSERT_EQ(bytes.size(), kSecondSlot + kRecordBytes);
  EXPECT_EQ(bytes.substr(0, kSecondSlot), std::string(kSecondSlot, '\0'));
  EXPECT_EQ(bytes.substr(kSecondSlot + kSlotBytes), std::string(kClosingBytes, '\0'));
  EXPECT_EQ(hex(bytes.substr(kSecondSlot, kSlotBytes)),
            "505253414e434852"                                                  // magic "PRSANCHR"
            "01000000"                                                          // format
            "00000000"                                                          // no root
            "0100000000000000"                                                  // sequence
            "101112131415161718191a1b1c1d1e1f"                                  // ledger id
            "0807060504030201"                                                  // log size
            "0140204648470600"                                                  // time
            "0000000000000000000000000000000000000000000000000000000000000000"  // root
            "477a968ff56a57ff");  // XXH3-64 of all before
}

TEST_F(AnchorTest, ClosingHasItsGoldenBytes) {
  AnchorMark closed = mark(1);
  closed.closing =
      ClosingSum{0x1112131415161718, 0x2122232425262728, 0x3132333435363738, 0x4142434445464748};
  ASSERT_TRUE(ok(Anchor::create(directory(), closed)));
  EXPECT_EQ(hex(read_file(file()).substr(kSecondSlot + kSlotBytes)),
            "0100000000000000"    // sequence
            "1817161514131211"    // MANIFEST
            "2827262524232221"    // first log
            "3837363534333231"    // last log
            "4847464544434241"    // checksum of the files
            "df99ee2aa2ccf510");  // XXH3-64 of all before
  EXPECT_EQ(Anchor::read(directory())->closing, closed.closing);
}

TEST_F(AnchorTest, ClosingGoesWithTheSlotThatItStandsBehind) {
  write_up_to(2);
  AnchorMark closed = mark(3);
  closed.closing = ClosingSum{7, 5, 6, 4};
  ASSERT_TRUE(ok(Anchor::open(directory())->write(closed)));
  EXPECT_EQ(Anchor::read(directory())->closing, closed.closing);
  const std::string bytes = read_file(file());
  for (std::size_t bit = 0; bit < 8 * kClosingBytes; ++bit) {
    std::string flipped = bytes;
    flipped[kSecondSlot + kSlotBytes + bit / 8] ^= static_cast<char>(1 << bit % 8);
    ASSERT_EQ(size_read_from(flipped), 3u);
    ASSERT_EQ(Anchor::read(directory())->closing, std::nullopt) << bit;
  }
  write_file(file(), bytes);
  for (std::uint64_t size : {4, 5}) {  // the second takes its place
    ASSERT_TRUE(ok(Anchor::open(directory())->write(mark(size))));
    EXPECT_EQ(Anchor::read(directory())->closing, std::nullopt);
  }
}

// As a program wrote it that did not know of it, in place of a slot that had one.
TEST_F(AnchorTest, ClosingOfAnEarlierSlotIsNotThatOfTheNext) {
  write_up_to(2);
  AnchorMark closed = mark(3);
  closed.closing = ClosingSum{7, 5, 6, 4};
  ASSERT_TRUE(ok(Anchor::open(directory())->write(closed)));
  const std::string before = read_file(file());
  ASSERT_TRUE(ok(Anchor::open(directory())->write(mark(4))));
  ASSERT_TRUE(ok(Anchor::open(directory())->write(mark(5))));
  std::string bytes = read_file(file());
  bytes.replace(kSecondSlot + kSlotBytes, kClosingBytes, before, kSecondSlot + kSlotBytes,
                kClosingBytes);
  ASSERT_EQ(size_read_from(bytes), 5u);
  EXPECT_EQ(Anchor::read(directory())->closing, std::nullopt);
}

TEST_F(AnchorTest, AFileWithoutRoomForClosingsIsReadAndWritten) {
  write_up_to(2);
  write_file(file(), read_file(file()).substr(0, kSecondSlot + kSlotBytes));
  EXPECT_EQ(Anchor::read(directory())->log_size, Position{2});
  AnchorMark closed = mark(3);
  closed.closing = ClosingSum{7, 5, 6, 4};
  ASSERT_TRUE(ok(Anchor::open(directory())->write(closed)));
  EXPECT_EQ(Anchor::read(directory())->closing, closed.closing);
}

TEST_F(AnchorTest, NewestMarkIsRead) {
  for (std::uint64_t last = 1; last <= 6; ++last) {
    SCOPED_TRACE(last);
    std::filesystem::remove(file());
    write_up_to(last);
    const auto read = Anchor::read(directory());
    ASSERT_TRUE(ok(read));
    EXPECT_EQ(read->log_size, Position{last});
    EXPECT_EQ(read->ledger_id, mark(last).ledger_id);
    EXPECT_EQ(read->time, mark(last).time);
    EXPECT_EQ(Anchor::open(directory())->log_size(), Position{last});
  }
}

TEST_F(AnchorTest, SequenceGoesOnAcrossOpens) {
  ASSERT_TRUE(ok(Anchor::create(directory(), mark(1))));
  for (std::uint64_t size : {9, 3, 7, 2}) {  // the newest counts, not the largest
    auto anchor = Anchor::open(directory());
    ASSERT_TRUE(ok(anchor));
    ASSERT_TRUE(ok(anchor->write(mark(size))));
    EXPECT_EQ(anchor->log_size(), Position{size});
    EXPECT_EQ(Anchor::read(directory())->log_size, Position{size});
  }
}

TEST_F(AnchorTest, WriteTornAtAnyLengthLeavesTheMarkBefore) {
  for (std::uint64_t last : {2, 3}) {  // into the first slot, into the second
    std::filesystem::remove(file());
    write_up_to(last - 1);
    const std::string before = read_file(file());
    ASSERT_TRUE(ok(Anchor::open(directory())->write(mark(last))));
    const std::string after = read_file(file());
    const std::size_t slot = last == 2 ? 0 : kSecondSlot;
    ASSERT_EQ(size_read_from(after), last);
    for (std::size_t written = 0; written < kSlotBytes; ++written) {
      std::string torn = before;
      torn.replace(slot, written, after, slot, written);
      ASSERT_EQ(size_read_from(torn), torn == after ? last : last - 1) << written;
      for (char filler : {'\0', '\xff'}) {  // the rest of the sector lost
        torn.replace(slot + written, kSlotBytes - written, kSlotBytes - written, filler);
        ASSERT_EQ(size_read_from(torn), torn == after ? last : last - 1) << written;
      }
    }
  }
}

TEST_F(AnchorTest, FlippedBitInOneSlotLeavesTheOther) {
  write_up_to(2);
  const std::string bytes = read_file(file());
  for (std::size_t slot : {std::size_t{0}, kSecondSlot}) {
    const std::uint64_t other = slot == 0 ? 1 : 2;
    for (std::size_t bit = 0; bit < 8 * kSlotBytes; ++bit) {
      std::string flipped = bytes;
      flipped[slot + bit / 8] ^= static_cast<char>(1 << bit % 8);
      ASSERT_EQ(size_read_from(flipped), other) << slot << ' ' << bit;
    }
  }
}

TEST_F(AnchorTest, BothSlotsDamagedIsCorruption) {
  write_up_to(2);
  std::string bytes = read_file(file());
  bytes[20] ^= 1;
  ASSERT_EQ(size_read_from(bytes), 1u);
  bytes[kSecondSlot + 20] ^= 1;
  EXPECT_EQ(size_read_from(bytes), 0u);
  EXPECT_EQ(size_read_from(""), 0u);
  EXPECT_EQ(size_read_from(std::string(bytes.size(), '\0')), 0u);
  EXPECT_TRUE(fails_with<Corruption>(Anchor::open(directory())));
}

TEST_F(AnchorTest, FileCutShortHasWhatWholeSlotsAreLeft) {
  write_up_to(2);
  const std::string bytes = read_file(file());
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    if (size > 2 * kSlotBytes && size < kSecondSlot - 1) continue;  // nothing is there
    ASSERT_EQ(size_read_from(bytes.substr(0, size)), size < kSlotBytes ? 0u : 2u) << size;
  }
}

TEST_F(AnchorTest, MissingAnchorIsCorruption) {
  for (const Error& error :
       {Anchor::read(directory()).error(), Anchor::open(directory()).error()}) {
    ASSERT_TRUE(error.is<Corruption>());
    EXPECT_EQ(error.as<Corruption>()->where, "anchor");
  }
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(AnchorTest, NewerFormatIsUnsupported) {
  write_up_to(2);
  std::string bytes = read_file(file());
  bytes[kFormatAt] = 2;
  const std::uint64_t checksum = xxh3_64(std::string_view(bytes).substr(0, kChecksumAt));
  std::memcpy(bytes.data() + kChecksumAt, &checksum, sizeof checksum);
  write_file(file(), bytes);
  const auto read = Anchor::read(directory());
  ASSERT_TRUE(fails_with<UnsupportedVersion>(read));
  EXPECT_EQ(read.error().as<UnsupportedVersion>()->found, 2u);
  EXPECT_TRUE(fails_with<UnsupportedVersion>(Anchor::open(directory())));
  EXPECT_EQ(read_file(file()), bytes);
}

TEST_F(AnchorTest, IsNeverMadeTwice) {
  ASSERT_TRUE(ok(Anchor::create(directory(), mark(5))));
  EXPECT_TRUE(fails_with<AlreadyExists>(Anchor::create(directory(), mark(1))));
  EXPECT_EQ(Anchor::read(directory())->log_size, Position{5});
}

TEST_F(AnchorTest, LinkIsNotFollowed) {
  write_up_to(2);
  std::filesystem::rename(file(), file() + ".elsewhere");
  std::filesystem::create_symlink(file() + ".elsewhere", file());
  EXPECT_TRUE(fails_with<Io>(Anchor::read(directory())));
  EXPECT_TRUE(fails_with<Io>(Anchor::open(directory())));
}

// The next one would begin again at 0, and never be the newest.
TEST_F(AnchorTest, ASlotWhoseSequenceCannotGoOnIsDamage) {
  write_up_to(1);
  std::string bytes = read_file(file());
  char* slot = bytes.data() + kSecondSlot;
  std::memset(slot + 16, 0xff, sizeof(std::uint64_t));
  const std::uint64_t checksum = xxh3_64({slot, kChecksumAt});
  std::memcpy(slot + kChecksumAt, &checksum, sizeof checksum);
  write_file(file(), bytes);
  EXPECT_TRUE(fails_with<Corruption>(Anchor::read(directory())));
}

}  // namespace
}  // namespace purser::anchor_test
