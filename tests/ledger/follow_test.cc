// Following the log: in order, nothing missed, nothing twice; woken by commits, beside a writing
// process, and over cursors.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "support/ledger_on_disk.h"
#include "support/scale.h"
#include "support/test_ledger.h"

namespace purser::follow_test {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{60'000};

class Follow : public BothLedgers {};
PURSER_ON_BOTH_LEDGERS(Follow);

// The positions that a follower gets until it has had `last`.
std::vector<std::uint64_t> followed(Ledger& ledger, std::uint64_t from, std::uint64_t last) {
  std::vector<std::uint64_t> positions;
  must(ledger.follow(Position{from}, [&](const Event& event) {
    positions.push_back(event.position.value);
    return event.position.value < last;
  }));
  return positions;
}

std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t n = from; n <= last; ++n) all.push_back(n);
  return all;
}

TEST_P(Follow, EveryEventOfBusyWritersComesOnceAndInOrder) {
  const int each = scaled(200);
  const auto last = static_cast<std::uint64_t>(4 * 2 * each);
  std::vector<std::uint64_t> first_got;
  std::vector<std::uint64_t> second_got;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { first_got = followed(*ledger, 1, last); });
  threads.emplace_back([&] { second_got = followed(*ledger, 100, last); });
  for (int writer = 0; writer < 4; ++writer) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) ready(*ledger);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(first_got, numbers(1, last));
  EXPECT_EQ(second_got, numbers(100, last));
}

TEST_P(Follow, AFollowerMayGiveCommandsItself) {
  create(*ledger);
  std::uint64_t seen = 0;
  must(ledger->follow(Position{1}, [&](const Event& event) {
    seen = event.position.value;
    if (seen < 10) create(*ledger);
    return seen < 10;
  }));
  EXPECT_EQ(seen, 10u);
}

TEST_P(Follow, ARequestedStopEndsAWaitingFollower) {
  create(*ledger);
  std::stop_source stop;
  std::atomic<int> delivered = 0;
  std::thread follower([&] {
    must(ledger->follow(
        Position{1}, [&](const Event&) { return ++delivered, true; }, stop.get_token()));
  });
  while (delivered == 0) std::this_thread::yield();
  stop.request_stop();
  follower.join();
  EXPECT_EQ(delivered, 1);
  must(ledger->follow(
      Position{1}, [&](const Event&) { return ++delivered, true; }, stop.get_token()));
  EXPECT_EQ(delivered, 1);
}

TEST_P(Follow, WaitingEndsAtOnceForWhatIsThereAndElseWithItsTime) {
  create(*ledger);
  EXPECT_TRUE(must(ledger->wait_for(Position{0}, milliseconds(0))));
  EXPECT_TRUE(must(ledger->wait_for(Position{1}, kLong)));
  EXPECT_FALSE(must(ledger->wait_for(Position{2}, milliseconds(0))));
  EXPECT_FALSE(must(ledger->wait_for(Position{2}, milliseconds(-5))));
  EXPECT_FALSE(must(ledger->wait_for(Position{2}, milliseconds(5))));
  std::thread writer([&] { create(*ledger); });
  EXPECT_TRUE(must(ledger->wait_for(Position{2}, milliseconds::max())));
  writer.join();
  (void)failure_of<InvalidArgument>(ledger->follow(Position{0}, [](const Event&) { return true; }));
  must(ledger->close());
  (void)failure_of<ReadOnly>(ledger->wait_for(Position{3}, milliseconds(5)));
}

TEST_P(Follow, ACursorRemembersHowFarAFollowerHasCome) {
  const std::string file = ledger.beside("cursor");
  EXPECT_EQ(must(ledger->load_cursor(file)), std::nullopt);
  create(*ledger);
  create(*ledger);
  must(ledger->save_cursor(file, Position{2}));
  EXPECT_EQ(must(ledger->load_cursor(file)), Position{2});
  must(ledger->save_cursor(file, Position{1}));
  EXPECT_EQ(must(ledger->load_cursor(file)), Position{1});
  must(ledger->save_cursor(file, Position{3}));
  const auto truncated = failure_of<LedgerTruncated>(ledger->load_cursor(file));
  EXPECT_EQ(truncated.have, Position{2});
  EXPECT_EQ(truncated.expected, Position{3});
  TestLedger other(Where::memory);
  must(other->save_cursor(file, Position{0}));
  (void)failure_of<InvalidArgument>(ledger->load_cursor(file));
}

TEST(FollowBesideAWriter, AReadOnlyHandleFollowsThroughClosingsAndOpenings) {
  TestLedger ledger(Where::disk);
  create(*ledger);
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  constexpr std::uint64_t kLast = 60;
  std::vector<std::uint64_t> got;
  std::thread follower([&] { got = followed(reader, 1, kLast); });
  for (std::uint64_t position = 2; position <= kLast; ++position) {
    create(*ledger);
    if (position % 20 == 0) ledger.reopen();
  }
  ledger.close();  // what it left is found without it
  follower.join();
  EXPECT_EQ(got, numbers(1, kLast));
}

}  // namespace
}  // namespace purser::follow_test
