#include "cursor_file.h"

#include <gtest/gtest.h>

#include <cstring>

#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::cursor_file_test {
namespace {

constexpr std::size_t kFormatAt = 8;

CursorMark sample() {
  CursorMark mark{{}, Position{0x0102}};
  for (std::size_t i = 0; i < mark.ledger_id.bytes.size(); ++i) {
    mark.ledger_id.bytes[i] = static_cast<std::uint8_t>(0xf0 - i);
  }
  return mark;
}

class CursorFileTest : public testing::Test {
 protected:
  std::string file() const { return scratch_ / "cursor"; }
  std::string written() {
    EXPECT_TRUE(ok(write_cursor(file(), sample())));
    return read_file(file());
  }
  auto read_from(const std::string& bytes) {
    std::filesystem::remove(file());
    write_file(file(), bytes);
    return read_cursor(file());
  }

  Scratch scratch_;
};

TEST_F(CursorFileTest, HasItsGoldenBytes) {
  const std::string bytes = written();
  const unsigned char golden[] = {
      'P',  'R',  'S',  'C',  'U',  'R',  'S',  'R',   // magic
      1,    0,    0,    0,                             // format
      0,    0,    0,    0,                             // reserved
      0xf0, 0xef, 0xee, 0xed, 0xec, 0xeb, 0xea, 0xe9,  // ledger id
      0xe8, 0xe7, 0xe6, 0xe5, 0xe4, 0xe3, 0xe2, 0xe1,  //
      2,    1,    0,    0,    0,    0,    0,    0,     // position
      0x71, 0xa1, 0x68, 0x9d, 0xc5, 0x3e, 0x43, 0xb3,  // XXH3-64 of all before
  };
  EXPECT_EQ(bytes, std::string(std::begin(golden), std::end(golden)));
  const auto mark = read_cursor(file());
  ASSERT_TRUE(ok(mark) && mark->has_value());
  EXPECT_EQ((*mark)->ledger_id, sample().ledger_id);
  EXPECT_EQ((*mark)->position, sample().position);
  EXPECT_EQ(mode_of(file()), 0600u);
}

TEST_F(CursorFileTest, NoFileIsNoCursor) {
  const auto mark = read_cursor(file());
  ASSERT_TRUE(ok(mark));
  EXPECT_FALSE(mark->has_value());
}

TEST_F(CursorFileTest, EveryOtherLengthAndEveryFlippedBitIsRefused) {
  const std::string bytes = written();
  for (std::size_t size = 0; size <= bytes.size() + 8; ++size) {
    std::string other = bytes;
    other.resize(size);
    EXPECT_EQ(read_from(other).has_value(), size == bytes.size()) << size;
  }
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(read_from(other).has_value()) << "bit " << bit;
  }
}

TEST_F(CursorFileTest, ANewerFormatIsNamed) {
  std::string bytes = written();
  bytes[kFormatAt] = 2;
  EXPECT_TRUE(fails_with<UnsupportedVersion>(read_from(bytes)));
}

TEST_F(CursorFileTest, IsReplacedAsAWholeAndLeavesNothingBeside) {
  written();
  EXPECT_TRUE(ok(write_cursor(file(), {sample().ledger_id, Position{9}})));
  EXPECT_EQ(read_cursor(file()).value()->position, Position{9});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch_.path()), {}), 1);
  EXPECT_TRUE(fails_with<Io>(write_cursor(scratch_ / "none/cursor", sample())));
}

}  // namespace
}  // namespace purser::cursor_file_test
