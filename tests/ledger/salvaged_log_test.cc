// Events in any order, several times, with gaps: what of them is the beginning of a log.
#include "salvaged_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "event_codec.h"
#include "event_log.h"
#include "memory_store.h"
#include "support/test_ledger.h"

namespace purser::salvaged_log_test {
namespace {

using Ranges = std::vector<PositionRange>;

PositionRange range(std::uint64_t first, std::uint64_t last) {
  return {Position{first}, Position{last}};
}

class SalvagedLogTest : public testing::Test {
 protected:
  // Event `position`; all differ in their times. With `group` one of `count` from `first` on.
  static std::string event(std::uint64_t position, std::optional<EventGroup> group = {},
                           const std::string& owner = "demo") {
    Event event;
    event.position = Position{position};
    event.time = Timestamp{static_cast<std::int64_t>(1'000'000 + position)};
    event.header.actor = "test";
    event.header.group = group;
    event.payload = BadMarked{DeploymentId{1}, owner};
    return must(encode_event(event));
  }
  static EventGroup group(std::uint64_t first, std::uint32_t count) {
    return {Position{first}, count};
  }
  void add(std::uint64_t position, const std::string& stored) {
    must(log().add(event_key(Position{position}), stored));
  }
  void add_all(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t at = first; at <= last; ++at) add(at, event(at));
  }
  // How many events the store has then.
  std::uint64_t copy() {
    must(log().copy());
    must(load_->finish());
    return must(log_size(*store_.snapshot())).value;
  }
  SalvagedLog& log() {
    if (!log_) {
      load_ = must(store_.begin_load(Space::log));
      log_.emplace(*load_, std::size_t{1} << 20, anchor_);
    }
    return *log_;
  }

  std::optional<AnchorMark> anchor_;

 private:
  MemoryStore store_;
  std::unique_ptr<BulkLoad> load_;
  std::optional<SalvagedLog> log_;
};

TEST_F(SalvagedLogTest, InAnyOrderAndTwiceIsTheLog) {
  std::vector<std::uint64_t> order;
  for (std::uint64_t at = 1; at <= 3000; ++at) order.insert(order.end(), {at, at});
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  for (const std::uint64_t at : order) add(at, event(at));
  EXPECT_EQ(copy(), 3000u);
  EXPECT_EQ(log().expected(), Position{3000});
  EXPECT_EQ(log().missing().count() + log().beyond().count(), 0u);
}

TEST_F(SalvagedLogTest, EndsAtTheFirstGapAndTellsWhatComesBehind) {
  anchor_ = AnchorMark{{}, Position{12}, {}, {}};
  add_all(1, 4);
  add_all(6, 7);
  add(9, event(9));
  EXPECT_EQ(copy(), 4u);
  EXPECT_EQ(log().copied(), Position{4});
  EXPECT_EQ(log().expected(), Position{12});
  EXPECT_EQ(log().missing().ranges(), (Ranges{range(5, 5), range(8, 8), range(10, 12)}));
  EXPECT_EQ(log().missing().count(), 5u);
  EXPECT_EQ(log().beyond().ranges(), (Ranges{range(6, 7), range(9, 9)}));
}

TEST_F(SalvagedLogTest, EndsBeforeACommandOfWhichAnEventIsMissing) {
  add_all(1, 2);
  for (const std::uint64_t at : {3, 4}) add(at, event(at, group(3, 2)));
  for (const std::uint64_t at : {5, 6}) add(at, event(at, group(5, 3)));
  EXPECT_EQ(copy(), 4u);
  EXPECT_EQ(log().beyond().ranges(), (Ranges{range(5, 6)}));
  EXPECT_EQ(log().missing().count(), 0u) << "nothing says that there was more";
}

TEST_F(SalvagedLogTest, GroupsThatNoLedgerWritesEndIt) {
  add(1, event(1, group(1, 2)));
  add(2, event(2, group(2, 1)));
  EXPECT_EQ(copy(), 0u);
  EXPECT_EQ(log().beyond().ranges(), (Ranges{range(1, 2)}));
}

TEST_F(SalvagedLogTest, GroupWithoutEventsOrFromElsewhereEndsIt) {
  add(1, event(1));
  add(2, event(2, group(2, 0)));
  EXPECT_EQ(copy(), 1u);
}

TEST_F(SalvagedLogTest, TimeThatDoesNotAscendEndsIt) {
  add_all(1, 2);
  Event late = must(decode_event(event(3), Position{3}));
  late.time = Timestamp{1'000'002};
  add(3, must(encode_event(late)));
  EXPECT_EQ(copy(), 2u);
  EXPECT_EQ(log().beyond().ranges(), (Ranges{range(3, 3)}));
}

TEST_F(SalvagedLogTest, TwoDifferentEventsOfOnePositionAreNone) {
  add_all(1, 5);
  add(3, event(3, {}, "another"));
  EXPECT_EQ(copy(), 2u);
  EXPECT_EQ(log().missing().ranges(), (Ranges{range(3, 3)}));
  EXPECT_EQ(log().beyond().ranges(), (Ranges{range(4, 5)}));
}

TEST_F(SalvagedLogTest, DamagedEventsAndStrangeKeysAreNotThere) {
  add_all(1, 2);
  std::string damaged = event(3);
  damaged.back() ^= 1;
  add(3, damaged);
  add(4, event(5));  // under the key of another
  must(log().add("e", event(3)));
  must(log().add("e1234567890", event(3)));
  EXPECT_EQ(copy(), 2u);
  EXPECT_EQ(log().expected(), Position{2});
}

TEST_F(SalvagedLogTest, NewerEventIsUnsupported) {
  std::string newer = event(1);
  newer[4] = 9;
  (void)failure_of<UnsupportedVersion>(log().add(event_key(Position{1}), newer));
}

TEST_F(SalvagedLogTest, LastOfAllPositionsIsNoTrouble) {
  const std::uint64_t last = ~std::uint64_t{0};
  add(1, event(1));
  Event far = must(decode_event(event(2), Position{2}));
  far.position = Position{last};
  add(last, must(encode_event(far)));
  EXPECT_EQ(copy(), 1u);
  EXPECT_EQ(log().expected(), Position{last});
  EXPECT_EQ(log().missing().count(), last - 2);
  EXPECT_EQ(log().beyond().ranges(), (Ranges{range(last, last)}));
}

TEST_F(SalvagedLogTest, ThatDoesNotReachTheAnchorIsNotComparedWithIt) {
  anchor_ = AnchorMark{{}, Position{3}, {}, Digest{}};
  add_all(1, 2);
  EXPECT_EQ(copy(), 2u) << "it does not come as far";
}

TEST_F(SalvagedLogTest, AsFarAsTheAnchorWithAnotherRootIsCorruption) {
  anchor_ = AnchorMark{{}, Position{3}, {}, Digest{}};
  add_all(1, 5);
  EXPECT_EQ(failure_of<Corruption>(log().copy()).where, "log");
}

TEST_F(SalvagedLogTest, MoreGapsThanAreListedAreCounted) {
  PositionRanges ranges(2);
  for (std::uint64_t at = 1; at <= 9; at += 2) ranges.add(range(at, at));
  EXPECT_EQ(ranges.count(), 5u);
  EXPECT_EQ(ranges.ranges(), (Ranges{range(1, 1), range(3, 3)}));
}

}  // namespace
}  // namespace purser::salvaged_log_test
