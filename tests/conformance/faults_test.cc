// The known faults of ferro-deployments, one by one: none of them may be found here.
#include <gtest/gtest.h>

#include "support/test_ledger.h"

namespace purser::faults_test {
namespace {

class Faults : public BothLedgers {};
PURSER_ON_BOTH_LEDGERS(Faults);

TEST_P(Faults, TwoRollbacksDoNotToggleAndTheOldestIsReachable) {
  const auto ids = promoted(*ledger, 4);
  for (int i = 2; i >= 0; --i) {
    const PointerAnswer answer = must(ledger->rollback("demo"));
    EXPECT_EQ(answer.active, ids[static_cast<std::size_t>(i)]);
    EXPECT_EQ(answer.previous, ids[static_cast<std::size_t>(i) + 1]);
  }
  EXPECT_EQ(active_id(*ledger), ids[0]);
  const auto refusal = failure_of<NoPreviousDeployment>(ledger->rollback("demo"));
  EXPECT_EQ(refusal.owner, "demo");
  EXPECT_EQ(active_id(*ledger), ids[0]);
}

TEST_P(Faults, PromotingTheActiveOneKeepsTheWayBack) {
  const auto ids = promoted(*ledger, 2);
  const PointerAnswer again = must(ledger->promote("demo", ids[1]));
  EXPECT_TRUE(again.receipt.unchanged);
  EXPECT_EQ(again.receipt.position, std::nullopt);
  EXPECT_EQ(again.generation, Generation{2});
  EXPECT_EQ(again.active, ids[1]);
  EXPECT_EQ(again.previous, ids[0]);
  EXPECT_EQ(must(ledger->pointer("demo")).rollback_target, ids[0]);
  EXPECT_EQ(must(ledger->rollback("demo")).active, ids[0]);
}

TEST_P(Faults, PromoteChecksTheOwner) {
  const DeploymentId id = ready(*ledger, "a");
  const auto refusal = failure_of<WrongOwner>(ledger->promote("b", id));
  EXPECT_EQ(refusal.id, id);
  EXPECT_EQ(refusal.owner, "b");
  EXPECT_EQ(refusal.actual, "a");
  EXPECT_EQ(active_id(*ledger, "b"), std::nullopt);
  EXPECT_EQ(active_id(*ledger, "a"), std::nullopt);
}

TEST_P(Faults, RollbackToChecksTheOwner) {
  const DeploymentId id = ready(*ledger, "a");
  EXPECT_EQ(failure_of<WrongOwner>(ledger->rollback_to("b", id)).actual, "a");
  EXPECT_EQ(active_id(*ledger, "b"), std::nullopt);
}

TEST_P(Faults, APurgedPreviousDoesNotBlockTheRollback) {
  const auto ids = promoted(*ledger, 3);
  DeleteArtifactOptions options;
  options.keep = 0;
  must(ledger->delete_artifact(ids[1], options));
  const PointerAnswer answer = must(ledger->rollback("demo"));
  EXPECT_EQ(answer.active, ids[0]);
  EXPECT_EQ(answer.previous, ids[2]);
  EXPECT_EQ(answer.skipped, (std::vector<Skipped>{{ids[1], SkipReason::deleted}}));
}

TEST_P(Faults, ABadPreviousDoesNotBlockTheRollback) {
  const auto ids = promoted(*ledger, 3);
  must(ledger->mark_bad(ids[1]));
  const PointerAnswer answer = must(ledger->rollback("demo"));
  EXPECT_EQ(answer.active, ids[0]);
  EXPECT_EQ(answer.skipped, (std::vector<Skipped>{{ids[1], SkipReason::bad}}));
}

TEST_P(Faults, TheFailureMessageIsStored) {
  const DeploymentId id = create(*ledger);
  const Failure failure{"npm", "line 1\nline 2: \xe2\x9c\x97"};
  EXPECT_EQ(must(ledger->mark_failed(id, failure.code, failure.message)).failure, failure);
  EXPECT_EQ(std::get<Failed>(last_event(*ledger).payload), (Failed{id, "demo", failure}));
  must(ledger->rebuild());
  ledger.reopen();
  EXPECT_EQ(must(ledger->get(id)).failure, failure);
}

TEST_P(Faults, ArtifactsAreSealedAfterReady) {
  const DeploymentId id = sealed(*ledger, "demo", "index.html", "v1");
  const std::string tree = ledger.beside("tree");
  write_file(tree + "/index.html", "v2");
  EXPECT_EQ(failure_of<Sealed>(ledger->store(id, "index.html", "v2")).id, id);
  EXPECT_EQ(failure_of<Sealed>(ledger->store(id, "new.html", "v2")).id, id);
  EXPECT_EQ(failure_of<Sealed>(ledger->store_tree(id, tree)).id, id);
  EXPECT_EQ(failure_of<Sealed>(ledger->remove(id, "index.html")).id, id);
  EXPECT_EQ(failure_of<Sealed>(ledger->remove_all(id)).id, id);
  EXPECT_EQ(must(ledger->retrieve(id, "index.html")), "v1");
  EXPECT_EQ(must(ledger->list_files(id)).size(), 1u);
}

TEST_P(Faults, FilesOfAFailedDeploymentAreSealedAndStayReadable) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "build.log", "error"));
  must(ledger->mark_failed(id, "build", ""));
  EXPECT_EQ(failure_of<Sealed>(ledger->store(id, "build.log", "all fine")).id, id);
  EXPECT_EQ(failure_of<Sealed>(ledger->remove_all(id)).id, id);
  ledger.reopen();
  EXPECT_EQ(must(ledger->retrieve(id, "build.log")), "error");
}

TEST_P(Faults, ListingIsRecursiveSortedAndItsPathsCanBeGivenBack) {
  const DeploymentId id = create(*ledger);
  const std::vector<std::string> sorted{"a", "b-c", "b/a/d", "b/z", "b0", "z/y/x/w"};
  for (const std::string path : {"z/y/x/w", "b0", "b/z", "a", "b-c", "b/a/d"}) {
    must(ledger->store(id, path, "at " + path));
  }
  for (const bool seal : {false, true}) {
    if (seal) must(ledger->mark_ready(id));
    std::vector<std::string> paths;
    for (const FileEntry& file : must(ledger->list_files(id))) {
      paths.push_back(file.path);
      EXPECT_EQ(must(ledger->retrieve(id, file.path)), "at " + file.path);
      EXPECT_EQ(file.size, ("at " + file.path).size());
    }
    EXPECT_EQ(paths, sorted);
  }
}

TEST_P(Faults, LegalNamesWithDotsAreAccepted) {
  const DeploymentId id = create(*ledger);
  const std::vector<std::string> names{"v1..2.js",  "..a",         "a..",        "...",
                                       ".nojekyll", "dir../..f/x", "with space", "caf\xc3\xa9",
                                       "a:b",       "~",           "-"};
  for (const std::string& name : names) must(ledger->store(id, name, name));
  must(ledger->mark_ready(id));
  EXPECT_EQ(must(ledger->list_files(id)).size(), names.size());
  for (const std::string& name : names) EXPECT_EQ(must(ledger->retrieve(id, name)), name);
}

TEST_P(Faults, ListComesInPages) {
  for (int i = 0; i < 5; ++i) create(*ledger);
  PageRequest request;
  request.limit = 2;
  std::vector<std::vector<std::uint64_t>> pages;
  while (true) {
    const Page<Deployment> page = must(ledger->list("demo", {}, request));
    pages.emplace_back();
    for (const Deployment& each : page.items) pages.back().push_back(each.id.value);
    request.after = page.next;
    if (!page.next) break;
  }
  EXPECT_EQ(pages, (std::vector<std::vector<std::uint64_t>>{{5, 4}, {3, 2}, {1}}));
}

TEST_P(Faults, IllegalTransitionsAreTypedAndChangeNothing) {
  const DeploymentId good = ready(*ledger);
  const DeploymentId broken = failed(*ledger);
  const Position before = log_size(*ledger);
  struct Refused {
    DeploymentId id;
    DeploymentStatus status;
  };
  for (const Refused& each :
       {Refused{good, DeploymentStatus::ready}, Refused{broken, DeploymentStatus::failed}}) {
    for (const auto& answer : {ledger->mark_ready(each.id), ledger->mark_failed(each.id, "c", "m"),
                               ledger->mark_ready_external(each.id, "s3://x", 1)}) {
      const auto refusal = failure_of<NotBuilding>(answer);
      EXPECT_EQ(refusal.id, each.id);
      EXPECT_EQ(refusal.status, each.status);
    }
  }
  EXPECT_EQ(log_size(*ledger), before);
}

TEST_P(Faults, AnEmptyDraftIsNotSealedUnlessAskedFor) {
  const DeploymentId id = create(*ledger);
  EXPECT_EQ(failure_of<EmptyArtifact>(ledger->mark_ready(id)).id, id);
  EXPECT_EQ(must(ledger->get(id)).status, DeploymentStatus::building);
  ReadyOptions options;
  options.allow_empty = true;
  const Deployment ready = must(ledger->mark_ready(id, options));
  EXPECT_EQ(std::get<StoredArtifact>(*ready.artifact).files, 0u);
  EXPECT_EQ(must(ledger->list_files(id)), std::vector<FileEntry>());
}

}  // namespace
}  // namespace purser::faults_test
