// What a ledger tells of itself: figures, complaints, and messages to its embedder.
#include <gtest/gtest.h>

#include <limits>
#include <mutex>

#include "build.h"
#include "complaints.h"
#include "support/ledger_on_disk.h"

namespace purser::stats_test {
namespace {

using std::chrono::microseconds;

TEST(Histogram, StepsDoubleAndTheLastHoldsAllThatIsLonger) {
  Histogram times;
  for (const int us : {0, 1, 2, 3, 4, 1023, 1024}) times.add(microseconds(us));
  times.add(std::chrono::hours(10));
  EXPECT_EQ(times.steps[0], 1u);
  EXPECT_EQ(times.steps[1], 1u);
  EXPECT_EQ(times.steps[2], 2u);
  EXPECT_EQ(times.steps[3], 1u);
  EXPECT_EQ(times.steps[10], 1u);
  EXPECT_EQ(times.steps[11], 1u);
  EXPECT_EQ(times.steps[31], 1u);
  EXPECT_EQ(times.count, 8u);
  EXPECT_EQ(times.max_us, 36'000'000'000u);
}

TEST(Histogram, SaysWhatAShareTookLessThan) {
  Histogram times;
  EXPECT_EQ(times.less_than_us(0.5), 0u);
  for (int i = 0; i < 99; ++i) times.add(microseconds(100));
  times.add(std::chrono::hours(10));
  EXPECT_EQ(times.less_than_us(0.5), 128u);
  EXPECT_EQ(times.less_than_us(0.99), 128u);
  EXPECT_EQ(times.less_than_us(1), 36'000'000'001u);
}

class StatsOf : public BothLedgers {};
PURSER_ON_BOTH_LEDGERS(StatsOf);

TEST_P(StatsOf, AHandleCountWhatItHasDone) {
  const Stats before = must(ledger->stats());
  const DeploymentId id = must(ledger->create("demo")).id;
  EXPECT_FALSE(ledger->promote("demo", id));  // it is building
  const Stats after = must(ledger->stats());
  EXPECT_EQ(after.commands, before.commands + 2);
  EXPECT_EQ(after.rejected, before.rejected + 1);
  EXPECT_EQ(after.unknown, 0u);
  EXPECT_EQ(after.groups, before.groups + 1);
  EXPECT_GE(after.rows, before.rows + 3);
  EXPECT_GE(after.bytes, before.bytes + 200);
  EXPECT_EQ(after.command_time.count, before.command_time.count + 2);
  EXPECT_EQ(after.sync_time.count, before.sync_time.count + 1);
  EXPECT_EQ(after.complaints, std::vector<std::string>());
}

class StatsOnDisk : public LedgerOnDisk {};

TEST_F(StatsOnDisk, TellOfTheDatabaseAndTheDisk) {
  must(ledger->create("demo"));
  const Stats stats = must(ledger->stats());
  EXPECT_GT(stats.database.log_bytes + stats.database.table_bytes, 0u);
  EXPECT_EQ(stats.database.cache_bytes_max, Options().block_cache_bytes);
  EXPECT_EQ(stats.database.background_errors, 0u);
  EXPECT_GT(stats.disk_bytes_left.value(), 0u);
}

TEST_F(StatsOnDisk, ComplainOfADiskBelowItsReserve) {
  ledger.close();
  Options options;
  options.disk_reserve_bytes = std::numeric_limits<std::uint64_t>::max();
  const Ledger tight = must(Ledger::open(ledger.directory(), options));
  const auto complaints = must(tight.stats()).complaints;
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_NE(complaints[0].find("fewer than the 18446744073709551615 of the reserve"),
            std::string::npos);
}

TEST(Complaints, AreOfFailedWritesForcedReadingAndWhatIsBehind) {
  Stats stats;
  stats.log_size = Position{7};
  stats.disk_bytes_left = 10;
  stats.database.background_errors = 1;
  stats.projections = {{"whole", 1, 1, Position{7}}, {"late", 1, 1, Position{6}}};
  Options options;
  options.disk_reserve_bytes = 10;
  const auto all = complaints_about(stats, options, Error(Io{"sync", "anchor", "no"}), true);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_NE(all[0].find("sync 'anchor': no"), std::string::npos);
  EXPECT_NE(all[1].find("no room"), std::string::npos);
  EXPECT_NE(all[2].find("1 errors"), std::string::npos);
  EXPECT_EQ(all[3], "projection 'late' is at position 6 of 7");
}

TEST(Complaints, AreOfADiskWithNothingLeftAndNotOfALedgerWithoutADisk) {
  Stats stats;
  EXPECT_EQ(complaints_about(stats, {}, {}, false).size(), 0u);
  stats.disk_bytes_left = 0;
  EXPECT_EQ(complaints_about(stats, {}, {}, false).size(), 1u);
}

TEST_F(StatsOnDisk, LoggerHearsOfAnOpenAndOfRowsThatAreMadeAnew) {
  must(ledger->create("demo"));
  ledger.close();
  change([](const RowReader& rows, WriteSet& changes) {
    put_cursor(builds_in_use(must(read_builds(rows))), Position{0}, changes);
  });
  std::mutex mutex;
  std::vector<std::string> heard;
  Options options;
  options.logger = [&](LogLevel level, std::string_view message) {
    const std::lock_guard lock(mutex);
    heard.push_back(std::string(to_string(level)) + ": " + std::string(message));
  };
  must(must(Ledger::open(ledger.directory(), options)).close());
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].find("info: deriving the rows of 8 projections anew from 1 events"), 0u);
  EXPECT_EQ(heard[1].find("info: opened ledger "), 0u);
  EXPECT_NE(heard[1].find("for writing, at position 1"), std::string::npos);
}

}  // namespace
}  // namespace purser::stats_test
