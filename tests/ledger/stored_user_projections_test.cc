// What is stored of users' projections: by which process, with which code, damaged or left over.
#include <gtest/gtest.h>

#include <cstring>

#include "event_log.h"
#include "hash.h"
#include "support/counting_projection.h"
#include "support/ledger_on_disk.h"
#include "user_build.h"
#include "user_keys.h"

namespace purser::stored_user_projections_test {
namespace {

class StoredUserProjections : public LedgerOnDisk {
 protected:
  StoredUserProjections() : LedgerOnDisk(with_projections({counting()})) {}
  Ledger open_with(std::vector<UserProjection> projections) {
    return must(Ledger::open(ledger.directory(), with_projections(std::move(projections))));
  }
  // How many rows lie in the database for a build, whatever they are of.
  [[nodiscard]] std::size_t stored_rows(std::uint32_t build) const {
    const KeyRange range = range_of_user_build({"counting", build});
    std::size_t count = 0;
    for (const auto& [key, value] : all_rows(ledger.directory())) {
      count += key.substr(1) >= range.from && key.substr(1) < range.to ? 1 : 0;
    }
    return count;
  }
};

TEST_F(StoredUserProjections, GoOnWhereTheLastProcessEnded) {
  for (int i = 0; i < 15; ++i) {
    promoted(*ledger, "a");
    ledger.reopen();
    EXPECT_EQ(counted(*ledger), Position{3ull * static_cast<unsigned>(i + 1)});
    EXPECT_EQ(stats_of(*ledger).build, 1u);
  }
}

TEST_F(StoredUserProjections, KeepNoMoreThanTwoVersionsOfAKey) {
  for (int i = 0; i < 200; ++i) create(*ledger, "a");
  // all, last, owner/a and ten of recent; of the last write also what it replaced: three versions,
  // and two of the row that it erased; two cursors.
  EXPECT_EQ(stored_rows(1), 13u + 3 + 2 + 2);
  for (int i = 0; i < 20; ++i) {
    ledger.reopen();
    create(*ledger, "a");
  }
  EXPECT_EQ(stored_rows(1), 13u + 3 + 2 + 2);
}

TEST_F(StoredUserProjections, StayBehindWhereTheirCodeIsMissingAndCatchUpBeforeTheyAreServed) {
  promoted(*ledger, "a");
  ledger.close();
  {
    Ledger without = must(Ledger::open(ledger.directory()));
    promoted(without, "b");
    EXPECT_EQ(counted(without), Position{3});
    const UserProjectionStats behind = stats_of(without);
    EXPECT_EQ(behind.cursor, Position{3});
    EXPECT_FALSE(behind.has_code);
    EXPECT_EQ(behind.failure, std::nullopt);
    EXPECT_TRUE(must(without.stats()).complaints.empty());
    const VerifyReport report = must(without.verify());
    EXPECT_TRUE(report.is_whole());
    ASSERT_EQ(report.unchecked.size(), 1u);
    EXPECT_EQ(report.unchecked[0].name, "counting");
    must(without.close());
  }
  EXPECT_EQ(counted(must(Ledger::open(ledger.directory(), read_only()))), Position{3});
  ledger.open();
  EXPECT_EQ(counted(*ledger), Position{6});
  EXPECT_EQ(stats_of(*ledger).build, 1u);
  EXPECT_TRUE(must(ledger->verify()).is_whole());
}

TEST_F(StoredUserProjections, AreFoldedFromTheBeginningWhereTheyAreNew) {
  promoted(*ledger, 5, "a");
  ledger.close();
  Ledger both = open_with({counting(), counting("second")});
  EXPECT_EQ(counted(both, "second"), Position{15});
  promoted(both, "b");
  EXPECT_EQ(counted(both, "second"), Position{18});
  EXPECT_EQ(counted(both), Position{18});
}

TEST_F(StoredUserProjections, AreFoldedAnewWhereTheirVersionIsAnotherOne) {
  promoted(*ledger, 5, "a");
  ledger.close();
  for (const std::uint32_t version : {2u, 1u}) {
    Ledger other = open_with({counting("counting", version)});
    EXPECT_EQ(stats_of(other).version, version);
    EXPECT_EQ(stats_of(other).build, version == 2 ? 2u : 3u);
    EXPECT_EQ(counted(other), Position{15});
    must(other.close());
  }
  const auto unchanged = stored_rows(1) + stored_rows(2);
  EXPECT_GT(unchanged, 0u);
  ledger.open();
  EXPECT_EQ(stored_rows(2), 0u);
}

TEST_F(StoredUserProjections, AFoldThatCannotBringThemUpLeavesTheRowsOfTheOldVersion) {
  promoted(*ledger, 5, "a");
  ledger.close();
  const auto fold = [](const Event&, FoldRows&) -> Status { return InvalidArgument{"it", "is"}; };
  Ledger other = open_with({{"counting", 2, fold, false}});
  promoted(other, "b");
  EXPECT_EQ(counted(other), Position{15});
  const UserProjectionStats stats = stats_of(other);
  EXPECT_EQ(stats.version, 1u);
  EXPECT_TRUE(stats.failure.has_value());
  const VerifyReport report = must(other.verify());
  ASSERT_EQ(report.unchecked.size(), 1u);
  EXPECT_TRUE(report.is_whole());
  must(other.close());
  EXPECT_EQ(stored_rows(2), 0u);
  ledger.open();
  EXPECT_EQ(counted(*ledger), Position{18});
}

TEST_F(StoredUserProjections, AFoldThatFailedIsTriedAgainAtTheNextOpen) {
  bool fails = true;
  const auto fold = [&](const Event& event, FoldRows& rows) -> Status {
    if (fails && event.position == Position{17}) return InvalidArgument{"event", "not now"};
    return count_event(event, rows);
  };
  ledger.close();
  {
    Ledger failing = open_with({{"counting", 1, fold, false}});
    promoted(failing, 6, "a");
    EXPECT_EQ(counted(failing), Position{16});
    must(failing.close());
  }
  {
    Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
    EXPECT_EQ(counted(reader), Position{16});
    EXPECT_NE(stats_of(reader).failure->find("not now"), std::string::npos);
  }
  {
    Ledger failing = open_with({{"counting", 1, fold, false}});
    EXPECT_EQ(counted(failing), Position{16});
    must(failing.close());
  }
  fails = false;
  Ledger mended = open_with({{"counting", 1, fold, false}});
  EXPECT_EQ(counted(mended), Position{18});
  EXPECT_EQ(stats_of(mended).failure, std::nullopt);
  promoted(mended, "a");
  EXPECT_EQ(counted(mended), Position{21});
}

TEST_F(StoredUserProjections, AreGivenUpOnlyWithoutTheirCode) {
  promoted(*ledger, "a");
  (void)failure_of<InvalidArgument>(ledger->forget_projection("counting"));
  ledger.close();
  {
    Ledger without = must(Ledger::open(ledger.directory()));
    must(without.forget_projection("counting"));
    (void)failure_of<NotFound>(without.forget_projection("counting"));
    EXPECT_TRUE(must(without.stats()).user_projections.empty());
    EXPECT_TRUE(must(without.verify()).unchecked.empty());
    must(without.close());
  }
  { Ledger later = must(Ledger::open(ledger.directory())); }
  EXPECT_EQ(stored_rows(1), 0u);
  ledger.open();
  EXPECT_EQ(stats_of(*ledger).build, 3u);
  EXPECT_EQ(counted(*ledger), Position{3});
}

TEST_F(StoredUserProjections, RowsOfABuildThatWasNeverAnnouncedGoAtTheNextOpen) {
  promoted(*ledger, "a");
  ledger.close();
  change([](const RowReader&, WriteSet& changes) {
    changes.put(Space::state, user_row_key({"counting", 2}, "all", Position{1}), "\x01z");
    changes.put(Space::state, user_row_key({"of-nobody", 1}, "all", Position{1}), "\x01z");
  });
  EXPECT_EQ(stored_rows(2), 1u);
  { Ledger without = must(Ledger::open(ledger.directory())); }
  EXPECT_EQ(stored_rows(2), 0u);
  ledger.open();
  EXPECT_EQ(counted(*ledger), Position{3});
}

TEST_F(StoredUserProjections, DamagedRowsAreFoundAndMadeAnew) {
  promoted(*ledger, 3, "a");
  ledger.close();
  const auto injure = [&](int how) {
    change([&](const RowReader&, WriteSet& changes) {
      const UserBuildName name{"counting", how == 0 ? 1u : static_cast<std::uint32_t>(how)};
      const std::string all = user_row_key(name, "all", Position{9});
      if (how == 0)
        changes.put(Space::state, all,
                    "\x01"
                    "8");
      if (how == 2) changes.put(Space::state, all, "\x07");
      if (how == 3) changes.erase(Space::state, all);
      if (how == 4) changes.put(Space::state, user_row_key(name, "x", Position{9}), "\x01");
    });
  };
  for (const int how : {0, 2, 3, 4}) {
    injure(how);
    ledger.open();
    const VerifyReport report = must(ledger->verify());
    ASSERT_EQ(report.divergences.size(), 1u) << how;
    EXPECT_EQ(report.divergences[0].check, Check::projections);
    EXPECT_EQ(report.divergences[0].projection, "counting");
    EXPECT_TRUE(report.files_checked);
    EXPECT_FALSE(report.evidence_lost());
    EXPECT_FALSE(must(ledger->verify({false, true})).is_whole());
    EXPECT_TRUE(must(ledger->verify()).is_whole());
    EXPECT_EQ(counted(*ledger), Position{9});
    ledger.close();
  }
}

TEST_F(StoredUserProjections, WhatSaysHowFarTheyAreIsMadeAnewWhereItIsDamaged) {
  promoted(*ledger, 3, "a");
  for (const bool announcement : {true, false}) {
    const std::uint32_t build = announcement ? 1 : 2;
    ledger.close();
    change([&](const RowReader&, WriteSet& changes) {
      const UserBuildName name{"counting", build};
      changes.put(Space::state,
                  announcement ? user_announcement_key(name) : user_cursor_key(name, Position{9}),
                  "x");
    });
    Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
    (void)failure_of<Corruption>(
        reader.look_at_projection("counting", [](const ProjectionRows&) { return Status(); }));
    EXPECT_FALSE(must(reader.verify()).is_whole());
    must(reader.close());
    ledger.open();
    EXPECT_EQ(stats_of(*ledger).build, build + 1);
    EXPECT_EQ(counted(*ledger), Position{9});
  }
}

TEST_F(StoredUserProjections, AreNotInALedgerThatIsMadeOfThisOne) {
  promoted(*ledger, 3, "a");
  const std::string copy = ledger.beside("copy");
  must(ledger->replay(Position{6}, copy));
  Ledger replayed = must(Ledger::open(copy));
  EXPECT_TRUE(must(replayed.stats()).user_projections.empty());
  must(replayed.close());
  Ledger with = must(Ledger::open(copy, with_projections({counting()})));
  EXPECT_EQ(counted(with), Position{6});
}

// An event whose kind this program does not know, in the middle of the log.
class UnknownKind : public StoredUserProjections {
 protected:
  UnknownKind() {
    promoted(*ledger, 3, "a");
    ledger.close();
    change([](const RowReader& rows, WriteSet& changes) {
      std::string stored = must(read_stored_event(rows, Position{5}));
      stored[6] = 99;  // the kind; docs/event-format.md
      const std::uint64_t sum =
          xxh3_64(std::string_view(stored).substr(0, 32), std::string_view(stored).substr(40));
      std::memcpy(stored.data() + 32, &sum, sizeof sum);
      changes.put(Space::log, event_key(Position{5}), stored);
    });
  }
};

TEST_F(UnknownKind, StopsAProjectionUnlessItPassesOver) {
  UserProjection skipping = counting("skipping");
  skipping.skip_unknown = true;
  std::uint64_t folded = 0;
  skipping.fold = [&](const Event&, FoldRows& rows) -> Status {
    return rows.put("n", std::to_string(++folded));
  };
  Ledger opened = open_with({counting(), counting("stopping"), skipping});
  EXPECT_EQ(counted(opened), Position{9});  // it was folded when the event was known
  EXPECT_EQ(stats_of(opened, "stopping").build, 0u);
  EXPECT_NE(stats_of(opened, "stopping").failure->find("event 5"), std::string::npos);
  EXPECT_EQ(stats_of(opened, "skipping").cursor, Position{9});
  EXPECT_EQ(rows_of(opened, "skipping").at("n"), "8");
  (void)failure_of<UnsupportedVersion>(opened.rebuild_projection("counting"));
  EXPECT_EQ(counted(opened), Position{9});
  folded = 0;
  must(opened.rebuild_projection("skipping"));
  EXPECT_EQ(rows_of(opened, "skipping").at("n"), "8");
}

}  // namespace
}  // namespace purser::stored_user_projections_test
