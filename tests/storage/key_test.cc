#include "key.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace purser::key_test {
namespace {

using namespace std::string_literals;

TEST(Key, HasItsGoldenBytes) {
  EXPECT_EQ(Key('e').str(), "e");
  EXPECT_EQ(Key('e').number(Position{0x0102030405060708}).str(), "e\1\2\3\4\5\6\7\x8"s);
  EXPECT_EQ(Key('b').u32(0xff000001).str(), "b\xff\0\0\1"s);
  EXPECT_EQ(Key('f').u64(1).text("a/b").u64(2).str(), "f\0\0\0\0\0\0\0\1a/b\0\0\0\0\0\0\0\0\2"s);
  EXPECT_EQ(Key('f').text("").raw("x/").str(), "f\0x/"s);
}

TEST(Key, NumbersSortAsTheirValuesDo) {
  const std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t numbers[] = {0,      1,          0x7f,       0x80,     0xff,    0x100,
                                   0xffff, 0x7fffffff, 0xffffffff, top >> 1, top - 1, top};
  for (std::uint64_t a : numbers) {
    for (std::uint64_t b : numbers) {
      EXPECT_EQ(Key('k').u64(a).str() < Key('k').u64(b).str(), a < b) << a << ' ' << b;
    }
  }
}

// Whatever follows, a text that is the beginning of another comes first, and texts sort by bytes.
TEST(Key, TextsSortAsTheirBytesDoWhateverFollows) {
  std::mt19937 random(1);
  const auto text = [&] {
    std::string made(random() % 4, ' ');
    for (char& c : made) c = "\1ab/-\xff"[random() % 6];
    return made;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string a = text();
    const std::string b = text();
    if (a == b) continue;
    const std::string behind_a = Key('k').text(a).u64(random()).str();
    const std::string behind_b = Key('k').text(b).u64(random()).str();
    ASSERT_EQ(behind_a < behind_b, a < b) << testing::PrintToString(a + '|' + b);
  }
}

TEST(Key, TrailingNumbersComeBack) {
  EXPECT_EQ(trailing_u64(Key('k').text("x").u64(0xfedcba9876543210).str()), 0xfedcba9876543210);
  EXPECT_EQ(trailing_u32(Key('k').u64(7).u32(0xfedcba98).str()), 0xfedcba98u);
  EXPECT_EQ(trailing_u64("1234567"), 0u);
  EXPECT_EQ(trailing_u32(""), 0u);
}

}  // namespace
}  // namespace purser::key_test
