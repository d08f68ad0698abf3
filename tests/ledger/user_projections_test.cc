// Projections of users: fed with each commit, read from one moment, rebuilt.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "support/counting_projection.h"
#include "support/scale.h"

namespace purser::user_projections_test {
namespace {

class UserProjections : public testing::TestWithParam<Where> {
 protected:
  TestLedger ledger{GetParam(), with_projections({counting()})};
};
PURSER_ON_BOTH_LEDGERS(UserProjections);

TEST_P(UserProjections, SpeakOfEachCommandWhenItReturns) {
  EXPECT_EQ(counted(*ledger), Position{0});
  for (int i = 0; i < 20; ++i) {
    promoted(*ledger, i % 2 == 0 ? "a" : "b");
    EXPECT_EQ(counted(*ledger), log_size(*ledger));
  }
  EXPECT_EQ(rows_of(*ledger, "counting").at("owner/a"), "30");
}

TEST_P(UserProjections, SeeWhatEarlierEventsOfTheirGroupDid) {
  std::vector<Command> commands;
  for (int i = 0; i < 100; ++i) commands.push_back(Create{i % 3 == 0 ? "a" : "b", {}});
  must(ledger->apply(commands));
  EXPECT_EQ(counted(*ledger), Position{100});
  EXPECT_EQ(rows_of(*ledger, "counting").at("owner/a"), "34");
}

TEST_P(UserProjections, LeaveOutWhatWasRefusedOrOnlyTried) {
  const DeploymentId id = ready(*ledger);
  const Position before = counted(*ledger);
  (void)failure_of<NotFound>(ledger->promote("demo", DeploymentId{99}));
  must(ledger->promote("demo", id, {}, dry_run()));
  (void)failure_of<NotFound>(
      ledger->apply({Create{"demo", {}}, MarkBad{DeploymentId{99}}, Create{"demo", {}}}));
  EXPECT_EQ(counted(*ledger), before);
  must(ledger->promote("demo", id));
  EXPECT_EQ(counted(*ledger), log_size(*ledger));
}

TEST_P(UserProjections, AreFedOncePerEventByManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < scaled(50); ++k) promoted(*ledger, "owner-" + std::to_string(i));
    });
  }
  for (int k = 0; k < 200; ++k) counted(*ledger);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counted(*ledger), log_size(*ledger));
  EXPECT_TRUE(must(ledger->verify()).is_whole());
}

TEST_P(UserProjections, AreFoundByTheirNameOnly) {
  EXPECT_TRUE(fails_with<NotFound>(
      ledger->look_at_projection("other", [](const ProjectionRows&) { return Status(); }),
      "other"));
  EXPECT_TRUE(fails_with<InvalidArgument>(
      ledger->look_at_projection("No Name", [](const ProjectionRows&) { return Status(); })));
  (void)failure_of<NotFound>(ledger->rebuild_projection("other"));
}

TEST_P(UserProjections, TellTheErrorOfWhoLooks) {
  const auto look = [](const ProjectionRows&) -> Status { return Cancelled{}; };
  (void)failure_of<Cancelled>(ledger->look_at_projection("counting", look));
  (void)failure_of<Cancelled>(ledger->fold_in_memory(counting(), look));
}

TEST_P(UserProjections, AreFoldedInMemoryWithTheSameResult) {
  for (int i = 0; i < 30; ++i) promoted(*ledger, "a");
  std::map<std::string, std::string> folded;
  must(ledger->fold_in_memory(counting("unknown-here"), [&](const ProjectionRows& rows) {
    EXPECT_EQ(wrong_with_counts(rows), "");
    EXPECT_EQ(rows.position(), log_size(*ledger));
    return rows.scan({}, {}, [&](std::string_view key, std::string_view value) {
      folded.emplace(key, value);
      return true;
    });
  }));
  EXPECT_EQ(folded, rows_of(*ledger, "counting"));
}

TEST_P(UserProjections, AreRebuiltWithTheOthersAndAlone) {
  for (int i = 0; i < 30; ++i) promoted(*ledger, "a");
  const auto before = rows_of(*ledger, "counting");
  const RebuildReport alone = must(ledger->rebuild_projection("counting"));
  EXPECT_EQ(alone.projection, "counting");
  EXPECT_EQ(alone.build, 2u);
  EXPECT_EQ(alone.events, 90u);
  EXPECT_EQ(alone.rows, before.size());
  const auto reports = must(ledger->rebuild());
  EXPECT_EQ(reports.size(), 9u);
  EXPECT_EQ(reports.back().projection, "counting");
  EXPECT_EQ(reports.back().build, 3u);
  EXPECT_EQ(rows_of(*ledger, "counting"), before);
  promoted(*ledger, "a");
  EXPECT_EQ(counted(*ledger), Position{93});
  EXPECT_TRUE(must(ledger->verify()).is_whole());
}

TEST_P(UserProjections, ARebuildThatIsCancelledLeavesTheRowsBefore) {
  for (int i = 0; i < 300; ++i) create(*ledger);
  for (int i = 0; i < 300; ++i) create(*ledger);
  (void)failure_of<Cancelled>(
      ledger->rebuild_projection("counting", [](const Progress&) { return false; }));
  EXPECT_EQ(stats_of(*ledger).build, 1u);
  EXPECT_EQ(counted(*ledger), Position{600});
  EXPECT_EQ(must(ledger->rebuild_projection("counting")).build, 2u);
  EXPECT_EQ(counted(*ledger), Position{600});
}

TEST(UserProjectionOptions, NamesVersionsAndNumbersAreChecked) {
  const auto refused = [](std::vector<UserProjection> projections) {
    return Ledger::in_memory(with_projections(std::move(projections)));
  };
  for (const char* name : {"", "Upper", "with space", "slash/", "deployments", "merkle"}) {
    EXPECT_TRUE(fails_with<InvalidArgument>(refused({counting(name)}))) << name;
  }
  EXPECT_TRUE(fails_with<LimitExceeded>(refused({counting(std::string(65, 'a'))})));
  EXPECT_TRUE(ok(refused({counting(std::string(64, 'a'))})));
  EXPECT_TRUE(ok(refused({counting("az09._-")})));
  EXPECT_TRUE(fails_with<InvalidArgument>(refused({counting("a", 0)})));
  EXPECT_TRUE(fails_with<InvalidArgument>(refused({UserProjection{"a", 1, {}, false}})));
  EXPECT_TRUE(fails_with<InvalidArgument>(refused({counting("a"), counting("b"), counting("a")})));
  std::vector<UserProjection> many;
  for (int i = 0; i < 17; ++i) many.push_back(counting("p" + std::to_string(i)));
  EXPECT_TRUE(fails_with<LimitExceeded>(refused(many)));
  many.pop_back();
  EXPECT_TRUE(ok(refused(many)));
}

// Keys of any bytes, scanned while they change.
TEST(UserRows, AreSortedByTheBytesOfTheirKeysWhateverTheyAre) {
  const std::vector<std::string> keys = {std::string(1, '\0'),
                                         std::string("\0\0", 2),
                                         std::string("\0\xff", 2),
                                         std::string("\x01", 1),
                                         "a",
                                         std::string("a\0", 2),
                                         std::string("a\0b", 3),
                                         "ab",
                                         std::string("a\xff", 2),
                                         std::string("\xff", 1),
                                         std::string("\xff\xff", 2)};
  const auto fold = [&](const Event& event, FoldRows& rows) -> Status {
    for (std::size_t i = event.position.value % 2; i < keys.size(); i += 2) {
      if (const Status put = rows.put(keys[i], std::to_string(event.position.value)); !put) {
        return put;
      }
    }
    std::vector<std::string> seen;
    const Status scanned = rows.scan({}, {}, [&](std::string_view key, std::string_view) {
      seen.emplace_back(key);
      return true;
    });
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    return scanned;
  };
  TestLedger ledger(Where::disk, with_projections({{"keys", 1, fold, false}}));
  for (int i = 0; i < 6; ++i) create(*ledger);
  ledger.reopen();
  for (int i = 0; i < 6; ++i) create(*ledger);
  std::vector<std::string> seen;
  for (const auto& [key, value] : rows_of(*ledger, "keys")) {
    seen.push_back(key);
    EXPECT_GE(value, "11");
  }
  EXPECT_EQ(seen, keys);
  must(ledger->look_at_projection("keys", [&](const ProjectionRows& rows) -> Status {
    for (std::size_t from = 0; from < keys.size(); ++from) {
      for (std::size_t to = 0; to < keys.size(); ++to) {
        std::vector<std::string> between;
        must(rows.scan(keys[from], keys[to], [&](std::string_view key, std::string_view) {
          between.emplace_back(key);
          return true;
        }));
        const auto first = keys.begin() + static_cast<std::ptrdiff_t>(from);
        const auto last = keys.begin() + static_cast<std::ptrdiff_t>(std::max(from, to));
        EXPECT_EQ(between, std::vector<std::string>(first, last)) << from << ' ' << to;
      }
    }
    return {};
  }));
}

}  // namespace
}  // namespace purser::user_projections_test
