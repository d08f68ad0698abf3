#include "parse.h"

#include <gtest/gtest.h>

#include <chrono>

namespace purser::tools::parse_test {
namespace {

TEST(ParseTest, NumbersAreDecimalDigitsAndNothingElse) {
  EXPECT_EQ(parse_number("N", "0").value(), 0u);
  EXPECT_EQ(parse_number("N", "010").value(), 10u);
  EXPECT_EQ(parse_number("N", "18446744073709551615").value(), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", "1 ", " 1", "0x1", "1.0", "18446744073709551616"}) {
    EXPECT_TRUE(parse_number("N", text).error().is<InvalidArgument>()) << text;
  }
  EXPECT_TRUE(parse_number("N", "0", 1).error().is<InvalidArgument>());
  EXPECT_TRUE(parse_number("N", "9", 1, 8).error().is<InvalidArgument>());
}

TEST(ParseTest, LabelsHaveAKeyOnce) {
  EXPECT_EQ(parse_labels({"b=2", "a=1=1", "c="}).value(),
            (Labels{{"a", "1=1"}, {"b", "2"}, {"c", ""}}));
  EXPECT_TRUE(parse_labels({"a"}).error().is<InvalidArgument>());
  EXPECT_TRUE(parse_labels({"a=1", "a=1"}).error().is<InvalidArgument>());
}

TEST(ParseTest, AMomentIsATimeOrADateOrATimeAgo) {
  EXPECT_EQ(parse_moment("W", "1970-01-01T00:00:01Z").value().unix_us, 1'000'000);
  EXPECT_EQ(parse_moment("W", "1970-01-02").value().unix_us, 86'400'000'000);
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const struct {
    const char* text;
    std::int64_t seconds;
  } kAgo[] = {{"0s", 0}, {"90s", 90}, {"15m", 900}, {"2h", 7200}, {"7d", 604800}, {"1w", 604800}};
  for (const auto& [text, seconds] : kAgo) {
    const std::int64_t ago = now - parse_moment("W", text).value().unix_us;
    EXPECT_NEAR(static_cast<double>(ago), static_cast<double>(seconds) * 1e6, 5e6) << text;
  }
}

TEST(ParseTest, WhatIsNoMomentIsNamed) {
  for (const char* text : {"", "h", "2", "2x", "-2h", "2hh", "yesterday", "9999999999w",
                           "99999999999999999999s", "2026-02-30"}) {
    const auto moment = parse_moment("--since", text);
    ASSERT_FALSE(moment) << text;
    const auto* error = moment.error().as<InvalidArgument>();
    ASSERT_NE(error, nullptr) << text;
    EXPECT_EQ(error->what, "--since");
    EXPECT_NE(error->why.find(std::string("'") + text + "'"), std::string::npos);
  }
}

}  // namespace
}  // namespace purser::tools::parse_test
