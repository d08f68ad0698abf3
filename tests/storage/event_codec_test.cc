#include "event_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "hash.h"
#include "storage/results.h"
#include "storage/sample_events.h"
#include "storage/scratch.h"

namespace purser::event_codec_test {
namespace {

// Offsets of the envelope, from docs/event-format.md.
constexpr std::size_t kFormatAt = 4;
constexpr std::size_t kKindAt = 6;
constexpr std::size_t kKindVersionAt = 8;
constexpr std::size_t kReservedAt = 10;
constexpr std::size_t kLengthAt = 12;
constexpr std::size_t kPositionAt = 16;
constexpr std::size_t kChecksumAt = 32;
constexpr std::size_t kPayloadAt = 40;

// Offsets in `activated-1-promote-bare`, whose actor has 3 bytes, its owner 12, its channel 4.
constexpr std::size_t kActorAt = kPayloadAt;
constexpr std::size_t kRequestIdAt = kActorAt + 4 + 3 + 4;  // the first of five bytes that are 0
constexpr std::size_t kImportedAt = kRequestIdAt + 4;
constexpr std::size_t kCauseAt = kImportedAt + 1 + (4 + 12) + (4 + 4);
constexpr std::size_t kDeploymentAt = kCauseAt + 1 + 8 + 8;
constexpr std::size_t kSkippedAt = kDeploymentAt + (1 + 8) + 1;

// Spaces count for nothing.
std::string from_hex(std::string hex) {
  std::erase(hex, ' ');
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// The block of the page's example: bytes, then at least two spaces and words.
std::string example_in_the_document() {
  const std::string page = read_file(PURSER_TEST_DATA "/../../docs/event-format.md");
  const std::size_t begin = page.find("```\n", page.find("## Example")) + 4;
  std::istringstream block(page.substr(begin, page.find("```", begin) - begin));
  std::string bytes;
  for (std::string line; std::getline(block, line);) {
    bytes += from_hex(line.substr(0, line.find("  ")));
  }
  return bytes;
}

std::map<std::string, std::string> golden_bytes() {
  std::map<std::string, std::string> golden;
  std::ifstream lines(PURSER_TEST_DATA "/events.hex");
  std::string name;
  std::string hex;
  while (lines >> name >> hex) golden[name] = from_hex(hex);
  return golden;
}

Event sample(const std::string& name) {
  for (const SampleEvent& one : sample_events()) {
    if (one.name == name) return one.event;
  }
  ADD_FAILURE() << "no sample " << name;
  return {};
}

std::string promote_bare() {
  const std::string stored = encode_event(sample("activated-1-promote-bare")).value();
  EXPECT_EQ(stored.size(), kSkippedAt + 4);
  return stored;
}

Position position_of(std::string_view stored) {
  Position position;
  std::memcpy(&position.value, stored.data() + kPositionAt, sizeof position.value);
  return position;
}

template <class Number>
std::string with_number(std::string stored, std::size_t at, Number value) {
  std::memcpy(stored.data() + at, &value, sizeof value);
  return stored;
}

// Length and checksum as they must be for these bytes: what remains is for the payload to refuse.
std::string sealed(std::string stored) {
  stored = with_number(stored, kLengthAt, static_cast<std::uint32_t>(stored.size() - kPayloadAt));
  const std::string_view view = stored;
  return with_number(stored, kChecksumAt,
                     xxh3_64(view.substr(0, kChecksumAt), view.substr(kPayloadAt)));
}

bool is_damage_or_news(const Result<Event>& result) {
  return !result.has_value() &&
         (result.error().is<Corruption>() || result.error().is<UnsupportedVersion>());
}

testing::AssertionResult is_damage(const std::string& stored) {
  return fails_with<Corruption>(decode_event(stored, Position{7}), "event 7");
}

TEST(EventCodec, EveryKindHasItsGoldenBytes) {
  const auto golden = golden_bytes();
  std::set<std::pair<EventKind, bool>> covered;
  for (const auto& [name, event] : sample_events()) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(golden.contains(name));
    const auto stored = encode_event(event);
    ASSERT_TRUE(ok(stored));
    EXPECT_TRUE(*stored == golden.at(name)) << testing::PrintToString(*stored);
    const auto decoded = decode_event(golden.at(name), event.position);
    ASSERT_TRUE(ok(decoded));
    EXPECT_TRUE(*decoded == event);
    covered.emplace(event.kind(), event.header.group.has_value());
  }
  EXPECT_EQ(golden.size(), sample_events().size());
  EXPECT_EQ(covered.size(), 2 * std::variant_size_v<Payload>);
}

TEST(EventCodec, ExampleOfTheDocumentHasTheseBytes) {
  const std::string bytes = from_hex(
      "50525345             "  // magic "PRSE"
      "0100 0700 0100 0000  "  // format, kind activated, kind version, reserved
      "3a000000             "  // payload length 58
      "0500000000000000     "  // position 5
      "0140204648470600     "  // time
      "541b604e67449240     "  // checksum
      "01000000 61          "  // actor "a"
      "00000000             "  // reason ""
      "00 00 00 00 00       "  // no request id, digest, wall time, group; not imported
      "01000000 6f          "  // owner "o"
      "04000000 6c697665    "  // channel "live"
      "04                   "  // cause clear
      "0400000000000000     "  // generation 4
      "0300000000000000     "  // parent 3
      "00                   "  // deployment: none
      "01 0200000000000000  "  // previous: deployment 2
      "00000000             "  // nothing skipped
  );
  EXPECT_EQ(encode_event(sample("example-of-the-document")).value(), bytes);
  EXPECT_EQ(example_in_the_document(), bytes);
}

TEST(EventCodec, EveryTruncationIsCorruption) {
  for (const auto& [name, event] : sample_events()) {
    const std::string stored = encode_event(event).value();
    for (std::size_t size = 0; size < stored.size(); ++size) {
      const std::string_view cut = std::string_view(stored).substr(0, size);
      ASSERT_TRUE(fails_with<Corruption>(decode_event(cut, event.position))) << name << size;
    }
  }
}

TEST(EventCodec, EveryFlippedBitIsNoticed) {
  for (const auto& [name, event] : sample_events()) {
    std::string stored = encode_event(event).value();
    for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
      const char flip = static_cast<char>(1 << bit % 8);
      stored[bit / 8] ^= flip;
      ASSERT_TRUE(is_damage_or_news(decode_event(stored, event.position))) << name << bit;
      stored[bit / 8] ^= flip;
    }
    ASSERT_TRUE(ok(decode_event(stored, event.position)));
  }
}

TEST(EventCodec, TruncatedPayloadIsCorruptionEvenUnderAGoodChecksum) {
  for (const auto& [name, event] : sample_events()) {
    const std::string stored = encode_event(event).value();
    for (std::size_t size = kPayloadAt; size < stored.size(); ++size) {
      const std::string cut = sealed(stored.substr(0, size));
      ASSERT_TRUE(fails_with<Corruption>(decode_event(cut, event.position), "not well-formed"))
          << name << size;
    }
  }
}

// Each byte of each payload takes each value.
TEST(EventCodec, WhateverIsAcceptedIsEncodedToTheSameBytes) {
  int accepted = 0;
  int refused = 0;
  for (const auto& [name, event] : sample_events()) {
    const std::string golden = encode_event(event).value();
    for (std::size_t at = kPayloadAt; at < golden.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        const std::string stored =
            sealed(with_number(golden, at, static_cast<std::uint8_t>(value)));
        const auto decoded = decode_event(stored, event.position);
        decoded ? ++accepted : ++refused;
        if (!decoded) {
          ASSERT_TRUE(fails_with<Corruption>(decoded)) << name << at;
        } else {
          ASSERT_TRUE(encode_event(*decoded).value() == stored) << name << at << ' ' << value;
        }
      }
    }
  }
  EXPECT_GT(accepted, 100'000);
  EXPECT_GT(refused, 100'000);
}

TEST(EventCodec, BytesBehindThePayloadAreCorruption) {
  EXPECT_TRUE(is_damage(promote_bare() + '\0'));
  EXPECT_TRUE(is_damage(sealed(promote_bare() + '\0')));
}

TEST(EventCodec, BoolAndEnumTakeNoOtherValues) {
  const std::string stored = promote_bare();
  for (std::size_t at = kRequestIdAt; at <= kImportedAt; ++at) {
    for (std::uint8_t value : {2, 0x80, 0xff}) {
      EXPECT_TRUE(is_damage(sealed(with_number(stored, at, value)))) << at;
    }
  }
  EXPECT_TRUE(
      ok(decode_event(sealed(with_number(stored, kImportedAt, std::uint8_t{1})), Position{7})));
  EXPECT_TRUE(is_damage(sealed(with_number(stored, kDeploymentAt, std::uint8_t{2}))));
  for (int cause = 0; cause < 256; ++cause) {
    const auto decoded = decode_event(
        sealed(with_number(stored, kCauseAt, static_cast<std::uint8_t>(cause))), Position{7});
    EXPECT_EQ(decoded.has_value(), cause >= 1 && cause <= 4) << cause;
  }
}

TEST(EventCodec, LabelsOutOfOrderOrTwiceAreCorruption) {
  const std::string stored =
      encode_event(bare_event(Created{DeploymentId{1}, "i", "o", {}, {{"a", "1"}, {"b", "2"}}}))
          .value();
  const std::string a("\1\0\0\0a\1\0\0\0001", 10);
  const std::string b("\1\0\0\0b\1\0\0\0002", 10);
  const std::string before = stored.substr(0, stored.size() - 20);
  ASSERT_TRUE(before + a + b == stored);
  EXPECT_TRUE(is_damage(sealed(before + b + a)));
  EXPECT_TRUE(is_damage(sealed(before + a + a)));
  EXPECT_TRUE(ok(decode_event(sealed(before + a + b), Position{7})));
}

TEST(EventCodec, HugeCountsAreRefusedWithoutMemoryForThem) {
  const std::string promote = promote_bare();
  const std::string created =
      encode_event(bare_event(Created{DeploymentId{1}, "i", "o", {}, {}})).value();
  rusage before{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &before), 0);
  for (std::uint32_t count : {0xffffffffu, 0x7fffffffu, 0x01000000u, 60'000u}) {
    EXPECT_TRUE(is_damage(sealed(with_number(promote, kActorAt, count)))) << "text " << count;
    EXPECT_TRUE(is_damage(sealed(with_number(promote, kSkippedAt, count)))) << "list " << count;
    EXPECT_TRUE(is_damage(sealed(with_number(created, created.size() - 4, count))))
        << "labels " << count;
  }
  rusage after{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &after), 0);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 << 10) << "KiB";
}

TEST(EventCodec, NewerFormatKindOrKindVersionIsUnsupportedNotDamaged) {
  const std::string stored = promote_bare();
  const auto found = [&](std::size_t at, std::uint16_t value, std::uint64_t known) {
    const auto result = decode_event(sealed(with_number(stored, at, value)), Position{7});
    ASSERT_TRUE(fails_with<UnsupportedVersion>(result, "event 7"));
    EXPECT_EQ(result.error().as<UnsupportedVersion>()->found, value);
    EXPECT_EQ(result.error().as<UnsupportedVersion>()->known, known);
  };
  for (std::uint16_t newer : {2, 0x100, 0xffff}) {
    found(kFormatAt, newer, 1);
    found(kKindVersionAt, newer, 1);
  }
  for (std::uint16_t newer : {13, 0x100, 0xffff}) found(kKindAt, newer, 12);
}

TEST(EventCodec, NewerFormatIsUnsupportedWhateverItsChecksumMayBe) {
  const std::string newer = with_number(promote_bare(), kFormatAt, std::uint16_t{2});
  EXPECT_TRUE(fails_with<UnsupportedVersion>(decode_event(newer, Position{7})));
}

TEST(EventCodec, ZeroesAndReservedBytesAreCorruption) {
  const std::string stored = promote_bare();
  for (std::size_t at : {kFormatAt, kKindAt, kKindVersionAt}) {
    EXPECT_TRUE(is_damage(sealed(with_number(stored, at, std::uint16_t{0})))) << at;
  }
  EXPECT_TRUE(is_damage(sealed(with_number(stored, kReservedAt, std::uint16_t{1}))));
  EXPECT_TRUE(is_damage(sealed(with_number(stored, 0, 'p'))));
  EXPECT_TRUE(is_damage(with_number(stored, kLengthAt, std::uint32_t{0})));
}

TEST(EventCodec, AnotherKindDoesNotFitThePayload) {
  const std::string stored = promote_bare();
  for (std::uint16_t kind : {1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12}) {
    EXPECT_TRUE(is_damage(sealed(with_number(stored, kKindAt, kind)))) << kind;
  }
}

TEST(EventCodec, EventAtAnotherPositionIsCorruption) {
  const std::string stored = promote_bare();
  ASSERT_EQ(position_of(stored), Position{7});
  EXPECT_TRUE(fails_with<Corruption>(decode_event(stored, Position{8}), "it is event 7"));
}

TEST(EventCodec, EventMayHaveSixtyThousandBytesAndNoMore) {
  Event event = sample("activated-1-promote-bare");
  event.header.reason.resize(kEventBytesMax - promote_bare().size(), 'r');
  const auto largest = encode_event(event);
  ASSERT_TRUE(ok(largest));
  EXPECT_EQ(largest->size(), 60'000u);
  EXPECT_TRUE(decode_event(*largest, event.position).value() == event);

  event.header.reason += 'r';
  const auto larger = encode_event(event);
  ASSERT_TRUE(fails_with<LimitExceeded>(larger));
  EXPECT_EQ(larger.error().as<LimitExceeded>()->limit, 60'000u);
  EXPECT_EQ(larger.error().as<LimitExceeded>()->actual, 60'001u);
  EXPECT_TRUE(fails_with<Corruption>(decode_event(sealed(*largest + 'r'), event.position),
                                     "longer than an event"));
}

}  // namespace
}  // namespace purser::event_codec_test
