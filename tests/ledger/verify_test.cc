// `Ledger::verify`: what it finds, and how it lets go.
#include <gtest/gtest.h>

#include <filesystem>

#include "build.h"
#include "chunk_lists.h"
#include "hash.h"
#include "rocks_store.h"
#include "storage/scratch.h"
#include "support/ledger_on_disk.h"
#include "support/rows.h"
#include "support/scale.h"
#include "support/test_ledger.h"

namespace purser::verify_test {
namespace {

namespace fs = std::filesystem;

constexpr VerifyOptions kQuick{true, false};
constexpr VerifyOptions kWhole{false, false};

class Verify : public LedgerOnDisk {
 protected:
  DeploymentId deployed(const std::vector<std::pair<std::string, std::string>>& files) {
    const DeploymentId id = create(*ledger);
    for (const auto& [path, bytes] : files) must(ledger->store(id, path, bytes));
    must(ledger->mark_ready(id));
    return id;
  }
  // "id path" of every problem.
  [[nodiscard]] static std::vector<std::string> found(const VerifyReport& report) {
    std::vector<std::string> places;
    for (const VerifyProblem& problem : report.problems) {
      places.push_back(std::to_string(problem.id.value) + " " + problem.path);
    }
    return places;
  }
};

TEST_F(Verify, WholeLedgerHasNoProblem) {
  deployed({{"a", "one"}, {"b", std::string(300'000, 'x')}, {"c", ""}});
  deployed({{"a", "one"}});
  must(ledger->store(create(*ledger), "draft", "not sealed"));
  const DeploymentId elsewhere = create(*ledger);
  must(ledger->mark_ready_external(elsewhere, "s3://x", 1));
  for (const VerifyOptions& options : {kQuick, kWhole}) {
    const VerifyReport report = must(ledger->verify(options));
    EXPECT_EQ(found(report), std::vector<std::string>());
    EXPECT_EQ(report.deployments, 3u);
    EXPECT_EQ(report.files, 5u);
    EXPECT_EQ(report.bytes, 300'016u);
    EXPECT_EQ(report.lost_chunks, 0u);
    EXPECT_EQ(report.lost_files, 0u);
  }
}

TEST_F(Verify, FlippedByteIsAProblemOfEveryDeploymentThatHasTheFile) {
  deployed({{"a", "shared by two"}, {"b", "whole"}});
  deployed({{"elsewhere/c", "shared by two"}});
  const auto [pack, at] = pack_with("shared by two");
  flip(pack, at);
  EXPECT_EQ(found(must(ledger->verify(kQuick))), std::vector<std::string>());
  const VerifyReport report = must(ledger->verify(kWhole));
  EXPECT_EQ(found(report), std::vector<std::string>({"1 a", "2 elsewhere/c"}));
  EXPECT_NE(report.problems[0].what.find("checksum"), std::string::npos) << report.problems[0].what;
  EXPECT_EQ(report.lost_chunks, 1u);
  EXPECT_EQ(report.lost_files, 1u);
}

TEST_F(Verify, MissingOrShortenedPackIsFoundWithoutReading) {
  deployed({{"a", "some bytes"}});
  const std::string pack = pack_with("some bytes").first;
  const std::string whole = read_file(pack);
  write_file(pack, whole.substr(0, whole.size() - 1), 0600);
  EXPECT_EQ(found(must(ledger->verify(kQuick))), std::vector<std::string>({"1 "}));
  fs::remove(pack);
  ledger.reopen();
  const VerifyReport report = must(ledger->verify(kQuick));
  EXPECT_EQ(found(report), std::vector<std::string>({"1 "}));
  EXPECT_EQ(report.lost_chunks, 2u);
}

TEST_F(Verify, RepairLetsGoAndStoringTheSameBytesMendsEveryDeployment) {
  const std::string large(500'000, 'y');
  deployed({{"a", "some bytes"}, {"b", "whole"}});
  deployed({{"c", "some bytes"}});
  const auto [pack, at] = pack_with("some bytes");
  flip(pack, at);
  deployed({{"before", "some bytes"}});  // known by its digest: nothing is read, nothing mended
  EXPECT_EQ(must(ledger->verify(kWhole)).problems.size(), 3u);
  const std::string events = event_bytes(*ledger);
  EXPECT_EQ(must(ledger->verify({false, true})).problems.size(), 3u);
  EXPECT_EQ(must(ledger->verify(kQuick)).problems.size(), 3u);
  EXPECT_EQ(event_bytes(*ledger), events);
  deployed({{"d", "some bytes"}});
  EXPECT_EQ(found(must(ledger->verify(kWhole))), std::vector<std::string>());
  EXPECT_EQ(must(ledger->retrieve(DeploymentId{1}, "a")), "some bytes");
  EXPECT_EQ(must(ledger->retrieve(DeploymentId{2}, "c")), "some bytes");
}

TEST_F(Verify, RepairedTreeIsMendedByStoringTheTreeAgain) {
  const std::string tree = ledger.beside("tree");
  write_file(tree + "/a", "of a tree");
  write_file(tree + "/b", std::string(100'000, 'z'));
  DeploymentId id = create(*ledger);
  must(ledger->store_tree(id, tree));
  must(ledger->mark_ready(id));
  for (const auto& entry : fs::directory_iterator(file("chunks/packs"))) {
    flip(entry.path(), 40);
  }
  EXPECT_FALSE(must(ledger->verify({false, true})).problems.empty());
  id = create(*ledger);
  must(ledger->store_tree(id, tree));
  must(ledger->mark_ready(id));
  EXPECT_EQ(must(ledger->verify(kWhole)).problems.size(), 0u);
}

TEST_F(Verify, ListThatNamesTheWrongChunksIsFoundByReading) {
  deployed({{"a", std::string(100'000, 'a')}, {"b", std::string(100'000, 'b')}});
  ledger.close();
  {
    const auto store =
        must(RocksStore::open(file("db"), RocksStore::Mode::read_write, std::size_t{1} << 20));
    WriteSet changes;
    put_chunk_list(changes, sha256(std::string(100'000, 'a')),
                   must(read_chunk_list(*store->snapshot(), sha256(std::string(100'000, 'b')))));
    must(store->write(changes));
    must(store->close());
  }
  ledger.open();
  EXPECT_EQ(found(must(ledger->verify(kQuick))), std::vector<std::string>());
  EXPECT_EQ(found(must(ledger->verify(kWhole))), std::vector<std::string>({"1 a"}));
}

TEST_F(Verify, DeletedArtifactIsNotMissed) {
  const DeploymentId id = deployed({{"a", "given up"}});
  const auto [pack, at] = pack_with("given up");
  must(ledger->delete_artifact(id));
  flip(pack, at);
  const VerifyReport report = must(ledger->verify(kWhole));
  EXPECT_EQ(found(report), std::vector<std::string>());
  EXPECT_EQ(report.deployments, 0u);
  EXPECT_EQ(report.lost_chunks, 1u);
}

TEST_F(Verify, ReadOnlyHandleLooksAndDoesNotRepair) {
  deployed({{"a", "some bytes"}});
  ledger.close();
  Options options;
  options.read_only = true;
  const Ledger reader = must(Ledger::open(ledger.directory(), options));
  EXPECT_EQ(must(reader.verify(kWhole)).problems.size(), 0u);
  EXPECT_TRUE(fails_with<ReadOnly>(reader.verify({false, true})));
}

// The log is looked at in parts of 65,536 events, each of which begins with what rows say.
TEST_F(Verify, LogOfSeveralPartsIsComparedWithItsRowsWhereverTheyDiffer) {
  constexpr std::uint64_t kEvents = kSlowdown == 1 ? 140'000 : 70'000;
  const DeploymentId ids[] = {ready(*ledger, "demo"), ready(*ledger, "demo")};
  std::uint64_t size = log_size(*ledger).value;
  while (size < kEvents) {
    std::vector<Command> commands;
    for (int i = 0; i < 400; ++i) commands.emplace_back(Promote{"demo", ids[i % 2], {}});
    commands.emplace_back(MarkBad{ids[size % 2]});
    commands.emplace_back(UnmarkBad{ids[size % 2]});
    must(ledger->apply(commands));
    size = log_size(*ledger).value;
  }
  ledger.close();
  const auto look = [&] {
    return must(must(Ledger::open(ledger.directory(), read_only())).verify(kQuick));
  };
  const VerifyReport whole = look();
  EXPECT_TRUE(whole.is_whole());
  EXPECT_EQ(whole.events, size);
  EXPECT_GT(whole.rows, 2 * kEvents);
  for (const ProjectionId id :
       {ProjectionId::deployments, ProjectionId::pointers, ProjectionId::merkle}) {
    std::vector<Row> rows;
    change([&](const RowReader& reader, WriteSet& changes) {
      must(reader.scan(Space::state, prefix_range(build_key(id, 1).str()), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         rows.push_back({std::string(key), std::string(value)});
                         return true;
                       }));
      Row middle = rows[rows.size() / 2];
      middle.value.back() = static_cast<char>(middle.value.back() ^ 1);
      changes.put(Space::state, middle.key, middle.value);
      changes.erase(Space::state, rows.back().key);
    });
    const VerifyReport report = look();
    ASSERT_EQ(report.divergences.size(), 1u);
    EXPECT_EQ(report.divergences[0].count, 2u);
    EXPECT_EQ(report.rows, whole.rows);
    change([&](const RowReader&, WriteSet& changes) {
      for (const Row& row : {rows[rows.size() / 2], rows.back()}) {
        changes.put(Space::state, row.key, row.value);
      }
    });
  }
  EXPECT_TRUE(look().is_whole());
}

TEST_F(Verify, ProgressCountsEachEventTwiceAndEndsWhenItIsCancelled) {
  deployed({{"a", "one"}});
  const auto ids = promoted(*ledger, 400);
  Progress last;
  must(ledger->verify(kQuick, [&](const Progress& progress) {
    EXPECT_GE(progress.files, last.files);
    last = progress;
    return true;
  }));
  EXPECT_LE(last.files, last.files_total);
  EXPECT_GT(last.files, ids.size());
  EXPECT_TRUE(fails_with<Cancelled>(
      ledger->verify(kQuick, [](const Progress& progress) { return progress.files == 0; })));
}

}  // namespace
}  // namespace purser::verify_test
