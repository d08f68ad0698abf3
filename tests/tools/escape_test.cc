#include "escape.h"

#include <gtest/gtest.h>

namespace purser::tools::escape_test {
namespace {

TEST(EscapeTest, ControlCharactersAreShownAndNotObeyed) {
  EXPECT_EQ(escape("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(escape("a\nb\tc\rd\x7f"), "a\\nb\\tc\\rd\\x7f");
  EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
}

TEST(EscapeTest, ControlCharactersBehindTwoBytesAreShownToo) {
  EXPECT_EQ(escape("\xc2\x9b"
                   "31m"),
            "\\u{9b}31m");
}

TEST(EscapeTest, TurningTheDirectionOfWritingIsShown) {
  EXPECT_EQ(escape("\u202egpj.exe"), "\\u{202e}gpj.exe");
  EXPECT_EQ(escape("\u2066x\u2069\u200f\u2028"), "\\u{2066}x\\u{2069}\\u{200f}\\u{2028}");
}

TEST(EscapeTest, BytesThatAreNoTextAreShown) {
  EXPECT_EQ(escape("a\xff"), "a\\xff");
  EXPECT_EQ(escape("\xc3"), "\\xc3");                    // cut short
  EXPECT_EQ(escape("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(escape("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(EscapeTest, OrdinaryTextStays) {
  const std::string text = "größer \\ 日本 \U0001f600 C:\\dir";
  EXPECT_EQ(escape(text), text);
  EXPECT_TRUE(is_utf8(text));
  EXPECT_FALSE(is_utf8("\xff"));
}

TEST(EscapeTest, JsonKeepsItsValue) {
  EXPECT_EQ(escape_json("\"\u202e\xc2\x9b\x7f\u00f6\""), "\"\\u202e\\u009b\\u007f\u00f6\"");
}

TEST(EscapeTest, ClippingKeepsCharactersWhole) {
  EXPECT_EQ(clip_utf8("a\u00f6b", 2), "a");
  EXPECT_EQ(clip_utf8("a\u00f6b", 3), "a\u00f6");
  EXPECT_EQ(clip_utf8("ab", 9), "ab");
}

}  // namespace
}  // namespace purser::tools::escape_test
