// Rebuilding projections: by hand, because a version changed, because rows were lost.
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "build.h"
#include "key.h"
#include "support/ledger_on_disk.h"

namespace purser::rebuild_test {
namespace {

class Rebuild : public LedgerOnDisk {
 protected:
  // Events of every kind.
  void fill() {
    const auto ids = promoted(*ledger, 3);
    must(ledger->promote("demo", ids[2], {}, as_request("k")));
    RollbackOptions mark_bad;
    mark_bad.mark_bad = true;
    must(ledger->rollback("demo", mark_bad));
    must(ledger->unmark_bad(ids[2]));
    must(ledger->pin(ids[2]));
    must(ledger->unpin(ids[2]));
    must(ledger->pin(ids[1]));
    failed(*ledger, "other");
    must(ledger->freeze("other", {std::nullopt, true}));
    must(ledger->freeze("other"));
    must(ledger->unfreeze("other", {std::nullopt}));
    must(ledger->clear("demo"));
    DeleteArtifactOptions none;
    none.keep = 0;
    must(ledger->delete_artifact(ids[0], none));
    sealed(*ledger);
  }
  [[nodiscard]] Rows rows() const { return projection_rows(ledger.directory()); }

  // The key under which build `number` of `deployments` is announced.
  static std::string announcement(std::uint32_t number) {
    return Key('b').raw("D").u32(number).str();
  }
  void change_version(std::uint32_t version) {
    change([&](const RowReader& stored, WriteSet& changes) {
      std::string row = *must(stored.get(Space::state, announcement(1)));
      std::memcpy(row.data(), &version, sizeof version);
      changes.put(Space::state, announcement(1), row);
    });
  }
  [[nodiscard]] std::size_t rows_of_build(ProjectionId id, std::uint32_t number) const {
    const std::string prefix = "1" + build_key(id, number).str();
    std::size_t count = 0;
    for (const auto& [key, value] : all_rows(ledger.directory())) count += key.starts_with(prefix);
    return count;
  }
  [[nodiscard]] std::vector<std::uint32_t> builds() {
    std::vector<std::uint32_t> numbers;
    for (const ProjectionStats& each : must(ledger->stats()).projections) {
      numbers.push_back(each.build);
    }
    return numbers;
  }
};

using Numbers = std::vector<std::uint32_t>;

TEST_F(Rebuild, ByHandGivesEqualRowsAndSaysWhatItDid) {
  fill();
  const Rows before = rows();
  const Position size = log_size(*ledger);
  const auto reports = must(ledger->rebuild());
  EXPECT_TRUE(rows() == before);
  EXPECT_EQ(log_size(*ledger), size);
  std::vector<std::string> names;
  std::uint64_t written = 0;
  for (const RebuildReport& report : reports) {
    names.push_back(report.projection);
    const bool is_second = report.projection == "deployments" || report.projection == "merkle";
    EXPECT_EQ(report.version, is_second ? 2u : 1u);
    EXPECT_EQ(report.build, 2u);
    EXPECT_EQ(report.events, size.value);
    written += report.rows;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"deployments", "pointers", "activations", "owners",
                                             "identifiers", "requests", "freezes", "merkle"}));
  EXPECT_EQ(written, before.size());
  for (const ProjectionStats& each : must(ledger->stats()).projections) {
    EXPECT_EQ(each.build, 2u);
    EXPECT_EQ(each.cursor, size);
  }
}

TEST_F(Rebuild, IsAnnouncedUnderAKeyThatIsNeverWrittenAgain) {
  fill();
  const Rows before = all_rows(ledger.directory());
  must(ledger->rebuild());
  must(ledger->rebuild());
  const Rows after = all_rows(ledger.directory());
  const std::string first = "1" + announcement(1);
  EXPECT_EQ(after.at(first), before.at(first));
  EXPECT_EQ(after.count("1" + announcement(2)), 1u);
  EXPECT_EQ(after.count("1" + announcement(3)), 1u);
  for (const auto& [key, value] : before) {  // nothing but cursors was written over
    if (key.starts_with("1c")) continue;
    ASSERT_EQ(after.count(key), 1u);
    EXPECT_EQ(after.at(key), value);
  }
}

TEST_F(Rebuild, CommandsGoOnInTheNewBuild) {
  fill();
  must(ledger->rebuild());
  const DeploymentId id = promoted(*ledger);
  EXPECT_EQ(active_id(*ledger), id);
  const Rows before = rows();
  ledger.reopen();
  EXPECT_EQ(builds(), (Numbers{2, 2, 2, 2, 2, 2, 2, 2}));
  EXPECT_TRUE(rows() == before);
  EXPECT_EQ(active_id(*ledger), id);
  EXPECT_TRUE(must(ledger->promote("demo", DeploymentId{3}, {}, as_request("k"))).receipt.replayed);
}

TEST_F(Rebuild, OldBuildsGoAtALaterOpen) {
  fill();
  const std::size_t count = rows_of_build(ProjectionId::deployments, 1);
  EXPECT_GT(count, 0u);
  must(ledger->rebuild());
  EXPECT_EQ(rows_of_build(ProjectionId::deployments, 1), count);
  EXPECT_EQ(rows_of_build(ProjectionId::deployments, 2), count);
  ledger.reopen();
  for (const Projection& projection : all_projections()) {
    EXPECT_EQ(rows_of_build(projection.id, 1), 0u) << projection.name;
    EXPECT_GT(rows_of_build(projection.id, 2), 0u) << projection.name;
  }
}

TEST_F(Rebuild, AChangedVersionRebuildsItselfOnOpen) {
  fill();
  const Rows before = rows();
  ledger.close();
  change_version(0);
  ledger.open();
  EXPECT_EQ(builds(), (Numbers{2, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(must(ledger->stats()).projections[0].version, 2u);
  EXPECT_TRUE(rows() == before);
  EXPECT_EQ(rows_of_build(ProjectionId::deployments, 1),
            rows_of_build(ProjectionId::deployments, 2));
  ledger.reopen();
  EXPECT_EQ(builds(), (Numbers{2, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(rows_of_build(ProjectionId::deployments, 1), 0u);
  EXPECT_TRUE(rows() == before);
}

TEST_F(Rebuild, AReaderThatMeetsAnotherVersionSaysSoAndChangesNothing) {
  fill();
  ledger.close();
  for (const std::uint32_t version : {0u, 3u}) {
    change_version(version);
    const auto before = directory_contents(ledger.directory());
    const auto refusal =
        failure_of<UnsupportedVersion>(Ledger::open(ledger.directory(), read_only()));
    EXPECT_NE(refusal.what.find("deployments"), std::string::npos) << refusal.what;
    EXPECT_EQ(refusal.found, version);
    EXPECT_EQ(refusal.known, 2u);
    EXPECT_TRUE(directory_contents(ledger.directory()) == before);
  }
}

TEST_F(Rebuild, ADamagedAnnouncementIsToldToReadersAndRebuildsItselfOnOpen) {
  fill();
  const Rows before = rows();
  ledger.close();
  change(
      [](const RowReader&, WriteSet& changes) { changes.put(Space::state, announcement(1), "x"); });
  EXPECT_TRUE(fails_with<Corruption>(Ledger::open(ledger.directory(), read_only()), "deployments"));
  ledger.open();
  EXPECT_EQ(builds()[0], 2u);
  EXPECT_TRUE(rows() == before);
  EXPECT_TRUE(must(ledger->verify()).is_whole());
}

// Rows of version 1 are those of a ledger without pins.
TEST_F(Rebuild, AReaderTakesDeploymentsOfVersionOneAndAWriterFoldsThemAnew) {
  const DeploymentId id = promoted(*ledger);
  const Deployment before = must(ledger->get(id));
  const Rows rows_before = rows();
  ledger.close();
  change_version(1);
  const auto directory_before = directory_contents(ledger.directory());
  EXPECT_EQ(must(must(Ledger::open(ledger.directory(), read_only())).get(id)), before);
  EXPECT_TRUE(directory_contents(ledger.directory()) == directory_before);
  ledger.open();
  EXPECT_EQ(builds(), (Numbers{2, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_TRUE(rows() == rows_before);
  must(ledger->pin(id));
  EXPECT_TRUE(must(ledger->get(id)).pinned.has_value());
}

TEST_F(Rebuild, ACursorThatStandsElsewhereRebuildsItselfOnOpen) {
  fill();
  const Rows before = rows();
  ledger.close();
  change([](const RowReader& stored, WriteSet& changes) {
    const std::string key = Key('c').str();
    std::string row = *must(stored.get(Space::state, key));
    // As if the program had known the pointers in another build, or not at all.
    ++row[row.find('P') + 1];
    changes.put(Space::state, key, row);
  });
  ledger.open();
  EXPECT_EQ(builds(), (Numbers{1, 2, 1, 1, 1, 1, 1, 1}));
  EXPECT_TRUE(rows() == before);
}

TEST_F(Rebuild, ByHandMendsRowsThatWereDamaged) {
  fill();
  const Rows before = rows();
  ledger.close();
  change([](const RowReader& stored, WriteSet& changes) {
    const KeyRange all = prefix_range(build_key(ProjectionId::deployments, 1).str());
    must(stored.scan(Space::state, all, Direction::ascending,
                     [&](std::string_view key, std::string_view) {
                       changes.put(Space::state, std::string(key), "rubbish");
                       return true;
                     }));
  });
  ledger.open();
  EXPECT_EQ(failure_of<Corruption>(ledger->get(DeploymentId{1})).where, "projection 'deployments'");
  must(ledger->rebuild());
  EXPECT_EQ(must(ledger->get(DeploymentId{1})).id, DeploymentId{1});
  EXPECT_TRUE(rows() == before);
}

TEST_F(Rebuild, LostRowsCostNoDraft) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "1"));
  ledger.close();
  change([](const RowReader& stored, WriteSet& changes) {
    const KeyRange all = prefix_range(build_key(ProjectionId::deployments, 1).str());
    must(stored.scan(Space::state, all, Direction::ascending,
                     [&](std::string_view key, std::string_view) {
                       changes.erase(Space::state, std::string(key));
                       return true;
                     }));
  });
  ledger.open();
  EXPECT_TRUE(fails_with<NotFound>(ledger->get(id)));
  must(ledger->rebuild());
  EXPECT_EQ(must(ledger->retrieve(id, "a")), "1");
}

TEST_F(Rebuild, DraftsAreNeverTouched) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "1"));
  must(ledger->store(id, "b", "2"));
  must(ledger->remove(id, "a"));
  must(ledger->rebuild());
  EXPECT_EQ(must(ledger->list_files(id)).size(), 1u);
  ledger.reopen();
  EXPECT_EQ(must(ledger->retrieve(id, "b")), "2");
  EXPECT_EQ(must(ledger->list_files(id)).size(), 1u);
}

class CancelledRebuild : public Rebuild {
 protected:
  CancelledRebuild() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([this] {
        for (int k = 0; k < 150; ++k) create(*ledger);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

TEST_F(CancelledRebuild, LeavesTheOldBuildInUseAndNothingElseAndALaterOneWorks) {
  const Rows before = rows();
  std::vector<std::uint64_t> told;
  const auto answer = ledger->rebuild([&](const Progress& progress) {
    told.push_back(progress.files);
    EXPECT_EQ(progress.files_total, 1200u);
    return progress.files < 500;
  });
  (void)failure_of<Cancelled>(answer);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_LT(told[0], 500u);
  EXPECT_GE(told[1], 500u);
  EXPECT_EQ(builds(), (Numbers{1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_TRUE(rows() == before);
  EXPECT_EQ(rows_of_build(ProjectionId::deployments, 2), 0u);

  EXPECT_EQ(create(*ledger), DeploymentId{1201});
  const Rows later = rows();
  for (const RebuildReport& report : must(ledger->rebuild())) EXPECT_EQ(report.build, 2u);
  EXPECT_EQ(rows_of_build(ProjectionId::deployments, 2), 1201u);
  EXPECT_TRUE(rows() == later);
}

// What a process leaves that dies after it added the rows of a build and before it announced it.
TEST_F(Rebuild, RowsOfABuildThatWasNeverAnnouncedGoAtTheNextOpen) {
  fill();
  ledger.close();
  change([](const RowReader& stored, WriteSet& changes) {
    const std::string prefix = build_key(ProjectionId::deployments, 1).str();
    must(stored.scan(
        Space::state, prefix_range(prefix), Direction::ascending,
        [&](std::string_view key, std::string_view value) {
          changes.put(Space::state,
                      build_key(ProjectionId::deployments, 2).raw(key.substr(prefix.size())).str(),
                      std::string(value));
          return true;
        }));
  });
  EXPECT_GT(rows_of_build(ProjectionId::deployments, 2), 0u);
  ledger.open();
  EXPECT_EQ(rows_of_build(ProjectionId::deployments, 2), 0u);
  EXPECT_EQ(builds(), (Numbers{1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(must(ledger->get(DeploymentId{1})).id, DeploymentId{1});
}

}  // namespace
}  // namespace purser::rebuild_test
