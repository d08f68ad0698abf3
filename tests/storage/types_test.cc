#include "purser/types.h"

#include <gtest/gtest.h>

#include <ctime>
#include <limits>
#include <random>

#include "purser/event.h"

namespace purser::types_test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::optional<std::int64_t> parsed(std::string_view text) {
  const auto time = parse_time(text);
  return time ? std::optional(time->unix_us) : std::nullopt;
}

TEST(Time, PrintsRfc3339WithMicroseconds) {
  EXPECT_EQ(to_rfc3339(Timestamp{0}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Timestamp{1'767'225'600'000'001}), "2026-01-01T00:00:00.000001Z");
  EXPECT_EQ(to_rfc3339(Timestamp{951'827'696'999'999}), "2000-02-29T12:34:56.999999Z");
  EXPECT_EQ(to_rfc3339(Timestamp{-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(Timestamp{253'402'300'799'999'999}), "9999-12-31T23:59:59.999999Z");
}

// A stored time is 64 bits that anyone may have written.
TEST(Time, PrintsEveryStoredTime) {
  for (std::int64_t time : {std::numeric_limits<std::int64_t>::min(),
                            std::numeric_limits<std::int64_t>::max(), -62'135'596'800 * kSecond}) {
    EXPECT_TRUE(to_rfc3339(Timestamp{time}).ends_with("Z")) << time;
  }
}

TEST(Time, RoundTrips) {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<std::int64_t> times(0, 253'402'300'799'999'999);
  for (int round = 0; round < 20'000; ++round) {
    const Timestamp time{times(random)};
    ASSERT_EQ(parse_time(to_rfc3339(time)), time) << time.unix_us;
  }
}

TEST(Time, FractionHasUpToSixDigits) {
  EXPECT_EQ(parsed("1970-01-01T00:00:01Z"), kSecond);
  EXPECT_EQ(parsed("1970-01-01T00:00:01.5Z"), 1'500'000);
  EXPECT_EQ(parsed("1970-01-01T00:00:01.05Z"), 1'050'000);
  EXPECT_EQ(parsed("1970-01-01T00:00:01.000001Z"), 1'000'001);
  EXPECT_FALSE(parsed("1970-01-01T00:00:01.0000010Z").has_value());
  EXPECT_FALSE(parsed("1970-01-01T00:00:01.Z").has_value());
}

TEST(Time, OffsetsAreTakenOff) {
  const std::int64_t noon = parsed("2026-03-01T12:00:00Z").value();
  EXPECT_EQ(parsed("2026-03-01T13:30:00+01:30"), noon);
  EXPECT_EQ(parsed("2026-02-28T23:59:00-12:01"), noon);
  EXPECT_EQ(parsed("2026-03-01T12:00:00.25-00:00"), noon + 250'000);
  EXPECT_EQ(parsed("2026-03-01t12:00:00z"), noon);
  EXPECT_EQ(parsed("2026-03-01 12:00:00Z"), noon);
}

TEST(Time, BareDateIsItsFirstMicrosecond) {
  EXPECT_EQ(parsed("1970-01-02"), 86'400 * kSecond);
  EXPECT_EQ(parsed("2024-02-29"), parsed("2024-02-29T00:00:00Z"));
}

TEST(Time, LengthsOfMonthsAreKnown) {
  const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int year : {1970, 2000, 2023, 2024, 2100, 9999}) {
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    for (int month = 1; month <= 12; ++month) {
      const int last = days[month - 1] + (month == 2 && leap ? 1 : 0);
      for (int day = 0; day <= 32; ++day) {
        char text[32];
        snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        EXPECT_EQ(parsed(text).has_value(), day >= 1 && day <= last) << text;
      }
    }
  }
}

TEST(Time, NothingElseIsATime) {
  for (const char* text : {
           "",
           "now",
           "2026",
           "2026-01",
           "2026-1-01",
           "2026-01-1",
           "20260101",
           "2026-00-01",
           "2026-13-01",
           "2026/01/01",
           " 2026-01-01",
           "2026-01-01 ",
           "2026-01-01T",
           "2026-01-01Z",
           "2026-01-01T00:00Z",
           "2026-01-01T00:00:00",
           "2026-01-01T24:00:00Z",
           "2026-01-01T00:60:00Z",
           "2026-01-01T00:00:60Z",
           "2026-01-01T0:00:00Z",
           "2026-01-01T00:00:00ZZ",
           "2026-01-01T00:00:00+24:00",
           "2026-01-01T00:00:00+00:60",
           "2026-01-01T00:00:00+0100",
           "2026-01-01T00:00:00+01",
           "2026-01-01T00:00:00,5Z",
           "-2026-01-01",
           "+2026-01-01",
           "02026-01-01",
           "2026-01-01T-1:00:00Z",
           "20 6-01-01",
           "2026-02-29",
           "2026-04-31T00:00:00Z",
           "2100-02-29",
       }) {
    EXPECT_FALSE(parsed(text).has_value()) << text;
  }
}

TEST(Time, BeforeTheEpochIsRefused) {
  EXPECT_FALSE(parsed("1969-12-31").has_value());
  EXPECT_FALSE(parsed("1969-12-31T23:59:59.999999Z").has_value());
  EXPECT_FALSE(parsed("0001-01-01T00:00:00Z").has_value());
  EXPECT_FALSE(parsed("1970-01-01T00:59:59+01:00").has_value()) << "the offset brings it there";
  EXPECT_EQ(parsed("1970-01-01T01:00:00+01:00"), 0);
}

TEST(Time, BehindTheYear9999IsRefused) {
  EXPECT_FALSE(parsed("9999-12-31T23:00:00-01:00").has_value());
  EXPECT_EQ(parsed("9999-12-31T22:59:59-01:00"), 253'402'300'799 * kSecond);
}

TEST(Time, DoesNotDependOnTheTimeZoneOfTheProcess) {
  const auto before = parsed("2026-07-01T00:00:00Z");
  setenv("TZ", "Asia/Kathmandu", 1);
  tzset();
  EXPECT_EQ(parsed("2026-07-01T00:00:00Z"), before);
  EXPECT_EQ(to_rfc3339(Timestamp{before.value()}), "2026-07-01T00:00:00.000000Z");
  unsetenv("TZ");
  tzset();
}

TEST(Digest, HexRoundTrips) {
  Digest digest;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    digest.bytes[i] = static_cast<std::uint8_t>(i * 8 + 7);
  }
  const std::string hex = to_hex(digest);
  EXPECT_EQ(hex, "070f171f272f373f474f575f676f777f878f979fa7afb7bfc7cfd7dfe7eff7ff");
  EXPECT_EQ(parse_digest(hex), digest);
  EXPECT_EQ(to_hex(LedgerId{}), std::string(32, '0'));
}

TEST(Digest, OnlySixtyFourLowerCaseDigitsAreRead) {
  const std::string hex(64, 'a');
  ASSERT_TRUE(parse_digest(hex).has_value());
  EXPECT_FALSE(parse_digest("").has_value());
  EXPECT_FALSE(parse_digest(hex.substr(1)).has_value());
  EXPECT_FALSE(parse_digest(hex + "a").has_value());
  for (char c : {'A', 'g', ' ', '/', ':', '`', '\0', '\xff'}) {
    for (std::size_t at : {0, 1, 63}) {
      std::string wrong = hex;
      wrong[at] = c;
      EXPECT_FALSE(parse_digest(wrong).has_value()) << wrong;
    }
  }
}

TEST(Words, EveryKindIsReadBackFromItsWord) {
  for (std::size_t i = 1; i <= std::variant_size_v<Payload>; ++i) {
    const auto kind = static_cast<EventKind>(i);
    EXPECT_EQ(parse_event_kind(to_string(kind)), kind);
  }
  for (const char* word : {"", "unknown", "Created", "created "}) {
    EXPECT_FALSE(parse_event_kind(word).has_value()) << word;
  }
}

}  // namespace
}  // namespace purser::types_test
