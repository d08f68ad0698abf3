#include "user_keys.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "user_rows.h"

namespace purser::user_keys_test {
namespace {

using namespace std::string_literals;

std::string hex(std::string_view bytes) {
  std::string digits;
  for (const unsigned char byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

const UserBuildName kP{"p", 1};

// docs/storage-format.md; what a ledger holds must be read for ever.
TEST(UserKeys, AreTheBytesThatTheFormatSays) {
  EXPECT_EQ(hex(user_announcement_key(kP)), "78700000000001");
  EXPECT_EQ(hex(user_announcement(7, Position{5})), "070000000500000000000000");
  EXPECT_EQ(hex(user_cursor_key(kP, Position{5})), "58700000000001630000000000000005");
  EXPECT_EQ(hex(user_failure_key(kP, Position{6})), "58700000000001660000000000000006");
  EXPECT_EQ(hex(user_row_key(kP, "a", Position{5})),
            "58700000000001726100"
            "00fffffffffffffffa");
  EXPECT_EQ(hex(user_row_key(kP, "a\0b"s, Position{5})),
            "58700000000001726100ff620000fffffffffffffffa");
  EXPECT_EQ(hex(to_stored(std::optional<std::string>("v"))), "0176");
  EXPECT_EQ(hex(to_stored(std::optional<std::string>())), "00");
}

TEST(UserKeys, ACursorIsTheBytesThatTheFormatSays) {
  EXPECT_EQ(hex(to_stored(UserCursor{Position{5}, std::nullopt, {}})), "ffffffffffffffff00000000");
  EXPECT_EQ(hex(to_stored(UserCursor{Position{5}, Position{3}, {{"ab", Position{2}}}})),
            "0300000000000000"
            "01000000"
            "02000000"
            "6162"
            "0200000000000000");
}

TEST(UserKeys, ComeBackAsTheyWere) {
  for (const std::string& key : {"a"s, "\0"s, "\0\0"s, "\0\xff"s, "a\0\0b"s, "\xff"s}) {
    const auto name = parse_user_row_key(kP, user_row_key(kP, key, Position{77}));
    ASSERT_TRUE(name.has_value());
    EXPECT_EQ(name->key, key);
    EXPECT_EQ(name->position, Position{77});
  }
  const auto build = parse_user_build(user_row_key({"long.name", 3}, "k", Position{1}));
  ASSERT_TRUE(build.has_value());
  EXPECT_EQ(build->name, "long.name");
  EXPECT_EQ(build->build, 3u);
}

TEST(UserKeys, WhatIsNotOneIsNone) {
  const std::string whole = user_row_key(kP, "key", Position{5});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_user_row_key(kP, whole.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(parse_user_row_key(kP, whole + "x").has_value());
  EXPECT_FALSE(parse_user_row_key({"p", 2}, whole).has_value());
  EXPECT_FALSE(parse_user_row_key(kP, user_cursor_key(kP, Position{5})).has_value());
  EXPECT_FALSE(parse_user_build("").has_value());
  EXPECT_FALSE(parse_user_build("Xp").has_value());
  EXPECT_FALSE(parse_user_build("Xp\0\0\0\1"s).has_value());
  EXPECT_FALSE(parse_user_build("Yp\0\0\0\0\1"s).has_value());
}

TEST(UserKeys, ABuildHasItsOwnRange) {
  const KeyRange range = range_of_user_build(kP);
  const auto is_in = [&](const std::string& key) { return range.from <= key && key < range.to; };
  EXPECT_TRUE(is_in(user_row_key(kP, "\xff", Position{0})));
  EXPECT_TRUE(is_in(user_cursor_key(kP, Position{5})));
  EXPECT_TRUE(is_in(user_failure_key(kP, Position{5})));
  for (const UserBuildName& other : {UserBuildName{"p", 2}, {"p", 0}, {"pp", 1}, {"o", 1}}) {
    EXPECT_FALSE(is_in(user_row_key(other, "a", Position{5})));
  }
  EXPECT_FALSE(is_in(user_announcement_key(kP)));
}

}  // namespace
}  // namespace purser::user_keys_test
