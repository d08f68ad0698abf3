// Times ascend with positions whatever the clock does.
#include <gtest/gtest.h>

#include "support/test_ledger.h"

namespace purser::time_test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kStart = 1'700'000'000 * kSecond;

class Time : public BothLedgers {
 protected:
  Event create_at(std::int64_t wall) {
    clock.set(wall);
    create(*fake);
    return last_event(*fake);
  }

  FakeClock clock{kStart};
  TestLedger fake{GetParam(), clock.options()};
};
PURSER_ON_BOTH_LEDGERS(Time);

TEST_P(Time, IsTheWallClockWhereThatAscends) {
  const Event event = create_at(kStart + 5);
  EXPECT_EQ(event.time.unix_us, kStart + 5);
  EXPECT_EQ(event.header.wall_time, std::nullopt);
  EXPECT_EQ(must(fake->get(DeploymentId{1})).created_at.unix_us, kStart + 5);
}

TEST_P(Time, StandsOneMicrosecondBehindTheLastEventWhereTheClockStandsStill) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(create_at(kStart).time.unix_us, kStart + i);
}

TEST_P(Time, RecordsTheWallClockWhenItIsMoreThanASecondAway) {
  create_at(kStart);
  const Event within = create_at(kStart + 1 - kSecond);
  EXPECT_EQ(within.time.unix_us, kStart + 1);
  EXPECT_EQ(within.header.wall_time, std::nullopt);
  const Event beyond = create_at(kStart + 2 - kSecond - 1);
  EXPECT_EQ(beyond.time.unix_us, kStart + 2);
  EXPECT_EQ(beyond.header.wall_time, Timestamp{kStart + 1 - kSecond});
}

TEST_P(Time, AscendsStrictlyThroughAClockGoneWild) {
  const std::int64_t walls[] = {0, 3600, -7200, 1, 86400, -86400, 86401, 86400};
  std::int64_t last = 0;
  for (const std::int64_t offset : walls) {
    const Event event = create_at(kStart + offset * kSecond);
    EXPECT_GT(event.time.unix_us, last);
    EXPECT_EQ(event.time.unix_us, std::max(kStart + offset * kSecond, last + 1));
    last = event.time.unix_us;
  }
}

TEST_P(Time, GoesOnFromTheLastEventAfterReopening) {
  create_at(kStart + 100 * kSecond);
  fake.reopen();
  const Event event = create_at(kStart);
  EXPECT_EQ(event.time.unix_us, kStart + 100 * kSecond + 1);
  EXPECT_EQ(event.header.wall_time, Timestamp{kStart});
}

TEST_P(Time, EventsOfOneCommandAscendToo) {
  promoted(*fake, 2);
  RollbackOptions options;
  options.mark_bad = true;
  must(fake->rollback("demo", options));
  const auto events = all_events(*fake);
  for (std::size_t i = 1; i < events.size(); ++i) {
    EXPECT_EQ(events[i].time.unix_us, events[i - 1].time.unix_us + 1);
  }
  EXPECT_EQ(must(fake->stats()).last_event_time, events.back().time);
}

}  // namespace
}  // namespace purser::time_test
