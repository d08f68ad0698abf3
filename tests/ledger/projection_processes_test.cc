// Projections of users and several processes: killed writers, writers without the code, readers
// beside them.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "ledger/writer.h"
#include "support/counting_projection.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"

namespace purser::projection_processes_test {
namespace {

TEST(ProjectionProcesses, ThroughKillsAndRestartsEachEventCountsOnce) {
  TestLedger ledger(Where::disk, with_projections({counting()}));
  ledger.close();
  std::mt19937 random(1);
  const int rounds = scaled(20);
  for (int round = 0; round < rounds; ++round) {
    // Every third process has no code, and leaves the projection behind.
    const bool has_code = round % 3 != 2;
    Writer writer(ledger.directory(), has_code ? "counting" : "");
    ASSERT_FALSE(writer.read_some().empty()) << "round " << round;
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 25));
    writer.kill_it();
    {
      const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
      const Position position = counted(reader);
      if (has_code) {
        EXPECT_EQ(position, log_size(reader));
      } else {
        EXPECT_LT(position, log_size(reader));
      }
    }
    if (round % 2 == 0) continue;  // the next process catches up
    ledger.open();
    EXPECT_EQ(counted(*ledger), log_size(*ledger));
    EXPECT_EQ(stats_of(*ledger).build, 1u);
    create(*ledger, "a");
    EXPECT_EQ(counted(*ledger), log_size(*ledger));
    round % 3 == 0 ? ledger.drop() : ledger.close();
  }
  ledger.open();
  EXPECT_TRUE(must(ledger->verify()).is_whole());
}

TEST(ProjectionProcesses, AReaderBesideABusyWriterSeesRowsOfOnePosition) {
  TestLedger ledger(Where::disk);
  ledger.close();
  Writer writer(ledger.directory(), "counting");
  ASSERT_FALSE(writer.read_some().empty());
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  Position last;
  for (int round = 0; round < scaled(200) || last < Position{500}; ++round) {
    const auto some = writer.read_some();
    ASSERT_FALSE(some.empty());
    must(reader.refresh());
    const Position position = counted(reader);
    EXPECT_EQ(position, log_size(reader));
    EXPECT_GE(position, some.back().position) << "acknowledged before, and not shown";
    EXPECT_GE(position, last);
    last = position;
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
}

// The reader's rows are taken at one moment, and its position is a later one.
TEST(ProjectionProcesses, AReaderThatStandsStillKeepsItsRowsWhileOthersReplaceThem) {
  TestLedger ledger(Where::disk, with_projections({counting()}));
  promoted(*ledger, 5);
  const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  must(ledger->look_at_projection("counting", [&](const ProjectionRows& rows) -> Status {
    promoted(*ledger, 20);
    must(ledger->rebuild_projection("counting"));
    promoted(*ledger, 20);
    EXPECT_EQ(wrong_with_counts(rows), "");
    EXPECT_EQ(rows.position(), Position{15});
    return {};
  }));
  EXPECT_EQ(counted(reader), Position{15});
  EXPECT_EQ(counted(*ledger), Position{135});
}

TEST(ProjectionProcesses, ReadersSeeNoMixWhileARebuildGoesOn) {
  TestLedger ledger(Where::disk, with_projections({counting()}));
  for (int i = 0; i < 30; ++i) {
    must(ledger->apply(
        std::vector<Command>(static_cast<std::size_t>(scaled(1000)), Create{"owner", {}})));
  }
  std::atomic<bool> done{false};
  // Under a sanitizer the rebuild would not get a turn.
  const auto pause = [] {
    if (kSlowdown > 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  };
  std::vector<std::thread> threads;
  for (const std::string owner : {"a", "b"}) {
    threads.emplace_back([&, owner] {
      for (; !done; pause()) promoted(*ledger, owner);
    });
  }
  threads.emplace_back([&] {
    for (; !done; pause()) counted(*ledger);
  });
  threads.emplace_back([&] {
    Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
    for (; !done; pause()) {
      must(reader.refresh());
      EXPECT_EQ(counted(reader), log_size(reader));
    }
  });
  std::mt19937 random(2);
  std::uint32_t build = 1;
  for (int round = 0; round < scaled(8); ++round) {
    const std::uint64_t until = random() % static_cast<unsigned>(2 * scaled(30'000));
    const auto rebuilt = ledger->rebuild_projection(
        "counting", [&](const Progress& progress) { return progress.files < until; });
    if (rebuilt) {
      EXPECT_EQ(rebuilt->build, ++build);
    } else {
      (void)failure_of<Cancelled>(rebuilt);
    }
    EXPECT_EQ(stats_of(*ledger).build, build);
  }
  EXPECT_EQ(must(ledger->rebuild_projection("counting")).build, build + 1);
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counted(*ledger), log_size(*ledger));
  ledger.reopen();
  EXPECT_TRUE(must(ledger->verify()).is_whole());
}

}  // namespace
}  // namespace purser::projection_processes_test
