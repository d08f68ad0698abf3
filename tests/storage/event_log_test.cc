#include "event_log.h"

#include <gtest/gtest.h>

#include "event_codec.h"
#include "key.h"
#include "memory_store.h"
#include "storage/results.h"
#include "storage/sample_events.h"

namespace purser::event_log_test {
namespace {

class EventLogTest : public testing::Test {
 protected:
  void append(std::uint64_t position) {
    Event event = bare_event(BadMarked{DeploymentId{position * 10}, "o"});
    event.position = Position{position};
    WriteSet changes;
    changes.put(Space::log, event_key(event.position), encode_event(event).value());
    ASSERT_TRUE(ok(store_.write(changes)));
  }
  void append_all(std::uint64_t last) {
    for (std::uint64_t position = 1; position <= last; ++position) append(position);
  }
  void change(Position position, std::optional<std::string> stored) {
    WriteSet changes;
    stored ? changes.put(Space::log, event_key(position), *stored)
           : changes.erase(Space::log, event_key(position));
    ASSERT_TRUE(ok(store_.write(changes)));
  }
  // The positions that a walk shows, at most `most` of them.
  Status walk(std::uint64_t first, std::uint64_t last, Direction direction,
              std::size_t most = 1000) {
    seen_.clear();
    return scan_events(*store_.snapshot(), Position{first}, Position{last}, direction,
                       [&](const Event& event) -> Result<bool> {
                         seen_.push_back(event.position.value);
                         return seen_.size() < most;
                       });
  }

  MemoryStore store_;
  std::vector<std::uint64_t> seen_;
};

using Positions = std::vector<std::uint64_t>;

TEST_F(EventLogTest, KeyIsTheLetterAndTheBigEndianPosition) {
  EXPECT_EQ(event_key(Position{0x0102}), std::string("e\0\0\0\0\0\0\1\2", 9));
}

TEST_F(EventLogTest, SizeIsThePositionOfTheLastEvent) {
  EXPECT_EQ(log_size(*store_.snapshot()).value(), Position{0});
  append_all(300);
  WriteSet others;
  put_ledger_id(others, LedgerId{});
  others.put(Space::log, "d", "before the events");
  ASSERT_TRUE(ok(store_.write(others)));
  EXPECT_EQ(log_size(*store_.snapshot()).value(), Position{300});
}

TEST_F(EventLogTest, EventIsReadAtItsPosition) {
  append_all(3);
  const auto event = read_event(*store_.snapshot(), Position{2});
  ASSERT_TRUE(ok(event));
  EXPECT_EQ(std::get<BadMarked>(event->payload).id, DeploymentId{20});
  EXPECT_TRUE(fails_with<Corruption>(read_event(*store_.snapshot(), Position{4}), "event 4"));
}

TEST_F(EventLogTest, WalksBothWaysWithinItsBounds) {
  append_all(300);
  ASSERT_TRUE(ok(walk(254, 258, Direction::ascending)));
  EXPECT_EQ(seen_, (Positions{254, 255, 256, 257, 258}));
  ASSERT_TRUE(ok(walk(254, 258, Direction::descending)));
  EXPECT_EQ(seen_, (Positions{258, 257, 256, 255, 254}));
  ASSERT_TRUE(ok(walk(1, 300, Direction::descending, 2)));
  EXPECT_EQ(seen_, (Positions{300, 299}));
  ASSERT_TRUE(ok(walk(3, 2, Direction::ascending)));
  EXPECT_TRUE(seen_.empty());
}

TEST_F(EventLogTest, GapIsCorruptionInBothDirectionsAndAtBothEnds) {
  for (std::uint64_t gap : {1, 2, 3, 4}) {
    append_all(4);
    change(Position{gap}, std::nullopt);
    const std::string name = "event " + std::to_string(gap);
    EXPECT_TRUE(fails_with<Corruption>(walk(1, 4, Direction::ascending), name));
    EXPECT_EQ(seen_.size(), gap - 1);
    EXPECT_TRUE(fails_with<Corruption>(walk(1, 4, Direction::descending), name));
    EXPECT_EQ(seen_.size(), 4 - gap);
    EXPECT_TRUE(fails_with<Corruption>(walk(gap, gap, Direction::ascending), name));
  }
}

TEST_F(EventLogTest, GapBehindTheStopIsNotLookedAt) {
  append_all(4);
  change(Position{3}, std::nullopt);
  EXPECT_TRUE(ok(walk(1, 4, Direction::ascending, 2)));
}

TEST_F(EventLogTest, DamagedOrMisplacedEventEndsTheWalk) {
  append_all(3);
  const std::string third =
      store_.snapshot()->get(Space::log, event_key(Position{3})).value().value();
  change(Position{2}, third);
  EXPECT_TRUE(fails_with<Corruption>(walk(1, 3, Direction::ascending), "event 2"));
  EXPECT_EQ(seen_, Positions{1});
  EXPECT_TRUE(fails_with<Corruption>(read_event(*store_.snapshot(), Position{2}), "event 2"));
  change(Position{2}, "");
  EXPECT_TRUE(fails_with<Corruption>(walk(1, 3, Direction::descending), "event 2"));
  EXPECT_EQ(seen_, Positions{3});
}

TEST_F(EventLogTest, ErrorOfTheVisitorIsTheErrorOfTheWalk) {
  append_all(3);
  const Status walked =
      scan_events(*store_.snapshot(), Position{1}, Position{3}, Direction::ascending,
                  [](const Event&) -> Result<bool> { return Cancelled{}; });
  EXPECT_TRUE(fails_with<Cancelled>(walked));
}

TEST_F(EventLogTest, LedgerIdComesBackOrIsCorruption) {
  EXPECT_TRUE(fails_with<Corruption>(read_ledger_id(*store_.snapshot()), "ledger id"));
  LedgerId id;
  id.bytes.fill(0xab);
  WriteSet changes;
  put_ledger_id(changes, id);
  ASSERT_EQ(changes.changes().front().key, "i");
  ASSERT_TRUE(ok(store_.write(changes)));
  EXPECT_EQ(read_ledger_id(*store_.snapshot()).value(), id);
  changes.put(Space::log, "i", std::string(15, 'x'));
  ASSERT_TRUE(ok(store_.write(changes)));
  EXPECT_TRUE(fails_with<Corruption>(read_ledger_id(*store_.snapshot()), "ledger id"));
}

}  // namespace
}  // namespace purser::event_log_test
