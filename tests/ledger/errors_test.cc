// Every refusal that a rule or an argument can cause: its fields, and that nothing has changed.
#include <gtest/gtest.h>

#include "support/rows.h"
#include "support/test_ledger.h"

namespace purser::errors_test {
namespace {

class Errors : public BothLedgers {
 protected:
  // The call fails with `Detail`, and afterwards the ledger is what it was.
  template <class Detail, class Call>
  Detail refused(Call call) {
    const std::string events = event_bytes(*ledger);
    const Rows rows = ledger.on_disk() ? rows_but_of_chunks(ledger.directory()) : Rows();
    const Detail detail = failure_of<Detail>(call());
    EXPECT_TRUE(event_bytes(*ledger) == events) << "events changed";
    EXPECT_TRUE(!ledger.on_disk() || rows_but_of_chunks(ledger.directory()) == rows)
        << "rows changed";
    return detail;
  }
};
PURSER_ON_BOTH_LEDGERS(Errors);

constexpr DeploymentId kNobody{99};

TEST_P(Errors, NotFoundNamesTheIdInEveryCallThatTakesOne) {
  create(*ledger);
  const auto names_it = [&](auto call) { EXPECT_EQ(refused<NotFound>(call).id, kNobody); };
  const std::string tree = ledger.beside("tree");
  write_file(tree + "/a", "1");
  names_it([&] { return ledger->get(kNobody); });
  names_it([&] { return ledger->mark_ready(kNobody); });
  names_it([&] { return ledger->mark_ready_external(kNobody, "s3://x", 1); });
  names_it([&] { return ledger->mark_failed(kNobody, "c", "m"); });
  names_it([&] { return ledger->mark_bad(kNobody); });
  names_it([&] { return ledger->unmark_bad(kNobody); });
  names_it([&] { return ledger->pin(kNobody); });
  names_it([&] { return ledger->unpin(kNobody); });
  names_it([&] { return ledger->delete_artifact(kNobody); });
  names_it([&] { return ledger->promote("demo", kNobody); });
  names_it([&] { return ledger->rollback_to("demo", kNobody); });
  names_it([&] { return ledger->store(kNobody, "a", "1"); });
  names_it([&] { return ledger->store_tree(kNobody, tree); });
  names_it([&] { return ledger->remove(kNobody, "a"); });
  names_it([&] { return ledger->remove_all(kNobody); });
  names_it([&] { return ledger->retrieve(kNobody, "a"); });
  names_it([&] { return ledger->list_files(kNobody); });
  names_it([&] { return ledger->materialize(kNobody, ledger.beside("out")); });
}

TEST_P(Errors, NotFoundNamesAFolderThatIsNotThere) {
  const DeploymentId id = create(*ledger);
  const std::string missing = ledger.beside("missing");
  const auto refusal = refused<NotFound>([&] { return ledger->store_tree(id, missing); });
  EXPECT_EQ(refusal.id, std::nullopt);
  EXPECT_NE(refusal.what.find(missing), std::string::npos) << refusal.what;
}

TEST_P(Errors, PathNotFoundNamesDeploymentAndPath) {
  const DeploymentId draft = create(*ledger);
  must(ledger->store(draft, "a/b", "1"));
  const DeploymentId done = sealed(*ledger);
  for (const std::string path : {"a", "a/b/c", "A/b", "zz"}) {
    for (const DeploymentId id : {draft, done}) {
      const auto missing = refused<PathNotFound>([&] { return ledger->retrieve(id, path); });
      EXPECT_EQ(missing.id, id);
      EXPECT_EQ(missing.path, path);
    }
    EXPECT_EQ(refused<PathNotFound>([&] { return ledger->remove(draft, path); }).path, path);
  }
}

TEST_P(Errors, ClosedDraftsAreTyped) {
  const DeploymentId done = sealed(*ledger);
  const DeploymentId broken = failed(*ledger);
  const auto not_building = refused<NotBuilding>([&] { return ledger->mark_ready(broken); });
  EXPECT_EQ(not_building.id, broken);
  EXPECT_EQ(not_building.status, DeploymentStatus::failed);
  EXPECT_EQ(refused<Sealed>([&] { return ledger->store(done, "a", "1"); }).id, done);
  EXPECT_EQ(refused<Sealed>([&] { return ledger->remove(done, "index.html"); }).id, done);
  const DeploymentId empty = create(*ledger);
  EXPECT_EQ(refused<EmptyArtifact>([&] { return ledger->mark_ready(empty); }).id, empty);
}

TEST_P(Errors, WhatMayNotGoLiveSaysWhy) {
  const DeploymentId building = create(*ledger);
  EXPECT_EQ(refused<NotReady>([&] { return ledger->promote("demo", building); }).status,
            DeploymentStatus::building);
  const DeploymentId deleted = ready(*ledger);
  const auto when = must(ledger->delete_artifact(deleted)).artifact_deleted_at;
  EXPECT_EQ(refused<ArtifactDeleted>([&] { return ledger->promote("demo", deleted); }).when, when);
  const DeploymentId theirs = ready(*ledger, "other");
  const auto wrong = refused<WrongOwner>([&] { return ledger->promote("demo", theirs); });
  EXPECT_EQ(wrong.id, theirs);
  EXPECT_EQ(wrong.owner, "demo");
  EXPECT_EQ(wrong.actual, "other");
  const DeploymentId bad = ready(*ledger);
  Context context;
  context.reason = "crashes";
  must(ledger->mark_bad(bad, context));
  EXPECT_EQ(refused<MarkedBad>([&] { return ledger->promote("demo", bad); }).reason, "crashes");
}

TEST_P(Errors, PointersThatMovedOnAreTyped) {
  const auto ids = promoted(*ledger, 2);
  PromoteOptions options;
  options.expect = Generation{7};
  const auto conflict = refused<Conflict>([&] { return ledger->promote("demo", ids[0], options); });
  EXPECT_EQ(conflict.expected, Generation{7});
  EXPECT_EQ(conflict.actual, Generation{2});
  options.expect.reset();
  options.not_older = true;
  const auto older = refused<NotOlder>([&] { return ledger->promote("demo", ids[0], options); });
  EXPECT_EQ(older.id, ids[0]);
  EXPECT_EQ(older.active, ids[1]);
  const auto none = refused<NoPreviousDeployment>([&] { return ledger->rollback("other"); });
  EXPECT_EQ(none.owner, "other");
  EXPECT_EQ(none.channel, "live");
  const auto in_use = refused<InUse>([&] { return ledger->delete_artifact(ids[0]); });
  EXPECT_EQ(in_use.id, ids[0]);
  EXPECT_EQ(in_use.referrers, (std::vector<Referrer>{{"live", ReferrerRole::rollback_target}}));
}

TEST_P(Errors, InvalidPathNamesThePathAndTheRule) {
  const DeploymentId id = create(*ledger);
  const std::pair<std::string, std::string> rules[] = {
      {"a/../b", "'..'"},        {"./a", "'.'"},
      {"a//b", "empty segment"}, {"a\\b", "backslash"},
      {"/a", "absolute"},        {std::string("a\0b", 3), "control character"},
      {"a/", "empty segment"},   {std::string(256, 'x'), "256 bytes"}};
  for (const auto& [path, rule] : rules) {
    const auto refusal = refused<InvalidPath>([&, &p = path] { return ledger->store(id, p, "x"); });
    EXPECT_EQ(refusal.path, path);
    EXPECT_NE(refusal.why.find(rule), std::string::npos) << refusal.why;
  }
}

TEST_P(Errors, InvalidPathNamesALinkInATree) {
  const DeploymentId id = create(*ledger);
  const std::string tree = ledger.beside("tree");
  write_file(tree + "/a", "1");
  std::filesystem::create_symlink("/etc/passwd", tree + "/link");
  const auto refusal = refused<InvalidPath>([&] { return ledger->store_tree(id, tree); });
  EXPECT_EQ(refusal.path, "link");
  EXPECT_EQ(must(ledger->list_files(id)), std::vector<FileEntry>());
}

TEST_P(Errors, AlreadyExistsNamesTheFileInTheWay) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "file"));
  must(ledger->store(id, "d/e/f", "deep"));
  EXPECT_EQ(refused<AlreadyExists>([&] { return ledger->store(id, "a/b", "x"); }).path, "a");
  EXPECT_EQ(refused<AlreadyExists>([&] { return ledger->store(id, "d/e", "x"); }).path, "d/e/f");
  EXPECT_EQ(refused<AlreadyExists>([&] { return ledger->store(id, "d/e/f/g", "x"); }).path,
            "d/e/f");
  must(ledger->mark_ready(id));
  const std::string out = ledger.beside("out");
  write_file(out + "/mine", "kept");
  EXPECT_EQ(refused<AlreadyExists>([&] { return ledger->materialize(id, out); }).path, out);
  EXPECT_EQ(read_file(out + "/mine"), "kept");
}

TEST_P(Errors, InvalidArgumentNamesTheArgument) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "1"));
  EXPECT_EQ(
      refused<InvalidArgument>([&] { return ledger->mark_ready_external(id, "s3://x", 1); }).what,
      "location");
  EXPECT_EQ(refused<InvalidArgument>([&] { return ledger->create(""); }).what, "owner");
  EXPECT_EQ(refused<InvalidArgument>([&] { return ledger->mark_failed(id, "", "m"); }).what,
            "failure code");
  const DeploymentId external = ready(*ledger);
  const std::string out = ledger.beside("out");
  const auto refusal = refused<InvalidArgument>([&] { return ledger->materialize(external, out); });
  EXPECT_NE(refusal.why.find("s3://builds/1"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_P(Errors, ExternalAfterTheDraftWasEmptiedIsAllowed) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "1"));
  must(ledger->remove_all(id));
  must(ledger->mark_ready_external(id, "s3://x", 1));
  EXPECT_EQ(must(ledger->list_files(id)), std::vector<FileEntry>());
  EXPECT_EQ(failure_of<PathNotFound>(ledger->retrieve(id, "a")).path, "a");
}

TEST_P(Errors, RequestIdReusedNamesWhereItWasUsed) {
  create(*ledger);
  must(ledger->create("demo", {}, as_request("k")));
  const auto reused =
      refused<RequestIdReused>([&] { return ledger->create("other", {}, as_request("k")); });
  EXPECT_EQ(reused.request_id, "k");
  EXPECT_EQ(reused.position, Position{2});
}

TEST_P(Errors, CancelledStoreTreeStoresNothing) {
  const DeploymentId id = create(*ledger);
  const std::string tree = ledger.beside("tree");
  for (int i = 0; i < 5; ++i) write_file(tree + "/" + std::to_string(i), "bytes");
  Progress last;
  (void)refused<Cancelled>([&] {
    return ledger->store_tree(id, tree, {}, [&](const Progress& progress) {
      last = progress;
      return progress.files < 3;
    });
  });
  EXPECT_EQ(last.files, 3u);
  EXPECT_EQ(last.files_total, 5u);
  EXPECT_EQ(last.bytes_total, 25u);
  EXPECT_EQ(must(ledger->list_files(id)), std::vector<FileEntry>());
  EXPECT_EQ(must(ledger->store_tree(id, tree)).files, 5u);
}

TEST_P(Errors, CancelledMaterializeLeavesNothingBehind) {
  const DeploymentId id = create(*ledger);
  for (int i = 0; i < 5; ++i) must(ledger->store(id, "d/" + std::to_string(i), "bytes"));
  const std::string out = ledger.beside("parent/out");
  std::filesystem::create_directories(ledger.beside("parent"));
  (void)refused<Cancelled>([&] {
    return ledger->materialize(id, out, {},
                               [](const Progress& progress) { return progress.files < 2; });
  });
  EXPECT_TRUE(std::filesystem::is_empty(ledger.beside("parent")));
  EXPECT_EQ(must(ledger->materialize(id, out)).files, 5u);
  EXPECT_EQ(read_file(out + "/d/4"), "bytes");
}

TEST_P(Errors, ClosedHandleRefusesCommandsAndQueries) {
  const DeploymentId id = sealed(*ledger);
  must(ledger->close());
  must(ledger->close());  // again: nothing to do
  const auto closed = [](const auto& answer) {
    EXPECT_EQ(failure_of<ReadOnly>(answer).why, ReadOnlyReason::closed);
  };
  closed(ledger->create("demo"));
  closed(ledger->promote("demo", id));
  closed(ledger->store(id, "a", "1"));
  closed(ledger->remove_all(id));
  closed(ledger->mark_ready(id));
  closed(ledger->rebuild());
  closed(ledger->get(id));
  closed(ledger->list("demo"));
  closed(ledger->pointer("demo"));
  closed(ledger->retrieve(id, "index.html"));
  closed(ledger->history());
  closed(ledger->read(Position{1}, 1));
  closed(ledger->stats());
}

TEST_P(Errors, RefusalsAreCountedInTheStats) {
  const Stats before = must(ledger->stats());
  create(*ledger);
  EXPECT_TRUE(fails_with<NotFound>(ledger->mark_bad(kNobody)));
  const Stats after = must(ledger->stats());
  EXPECT_EQ(after.commands, before.commands + 2);
  EXPECT_EQ(after.rejected, before.rejected + 1);
  EXPECT_EQ(after.groups, before.groups + 1);
}

}  // namespace
}  // namespace purser::errors_test
