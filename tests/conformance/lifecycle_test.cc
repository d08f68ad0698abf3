// What a user of ferro-deployments relies on, as its own tests state it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <thread>

#include "purser/preview.h"
#include "support/test_ledger.h"

namespace purser::lifecycle_test {
namespace {

class Lifecycle : public BothLedgers {};
PURSER_ON_BOTH_LEDGERS(Lifecycle);

TEST_P(Lifecycle, TheExampleOfTheCrateRunsFromCreateToRetrieve) {
  CreateOptions options;
  options.source_ref = "sha-abcdef";
  const DeploymentAnswer d = must(ledger->create("project:demo", options));
  EXPECT_EQ(d.status, DeploymentStatus::building);
  const std::string spec = R"({"intent":"browse","fields":[]})";
  must(ledger->store(d.id, "spec.json", spec));
  const DeploymentAnswer ready = must(ledger->mark_ready(d.id));
  EXPECT_EQ(std::get<StoredArtifact>(*ready.artifact).bytes, spec.size());
  EXPECT_EQ(must(ledger->promote("project:demo", d.id)).previous, std::nullopt);
  EXPECT_EQ(must(ledger->retrieve(d.id, "spec.json")), spec);
}

TEST_P(Lifecycle, CreateGivesABuildingDeploymentWithAnIdentifierAndNoArtifact) {
  const DeploymentAnswer created = must(ledger->create("project:demo"));
  EXPECT_EQ(created.id, DeploymentId{1});
  EXPECT_EQ(created.owner_key, "project:demo");
  EXPECT_EQ(created.status, DeploymentStatus::building);
  EXPECT_TRUE(std::regex_match(
      created.identifier,
      std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")))
      << created.identifier;
  EXPECT_EQ(created.artifact, std::nullopt);
  EXPECT_EQ(created.failure, std::nullopt);
  EXPECT_EQ(created.terminated_at, std::nullopt);
  EXPECT_EQ(created.artifact_deleted_at, std::nullopt);
}

TEST_P(Lifecycle, IdentifiersAreDrawnAnewForEachDeployment) {
  EXPECT_NE(must(ledger->create("demo")).identifier, must(ledger->create("demo")).identifier);
}

TEST_P(Lifecycle, GetGivesBackWhatCreateAnswered) {
  CreateOptions options;
  options.source_ref = "sha-1";
  options.labels = {{"branch", "main"}, {"ticket", "42"}};
  const Deployment created = must(ledger->create("demo", options));
  EXPECT_EQ(created.source_ref, "sha-1");
  EXPECT_EQ(created.labels, options.labels);
  EXPECT_EQ(must(ledger->get(created.id)), created);
  ledger.reopen();
  EXPECT_EQ(must(ledger->get(created.id)), created);
}

TEST_P(Lifecycle, GetOfAnUnknownIdIsNotFound) {
  EXPECT_EQ(failure_of<NotFound>(ledger->get(DeploymentId{7})).id, DeploymentId{7});
}

TEST_P(Lifecycle, ReadySetsLocationSizeAndTerminatedAt) {
  const DeploymentId id = create(*ledger);
  const Deployment ready = must(ledger->mark_ready_external(id, "s3://builds/7", 12'345));
  EXPECT_EQ(ready.status, DeploymentStatus::ready);
  EXPECT_EQ(std::get<ExternalArtifact>(*ready.artifact),
            (ExternalArtifact{"s3://builds/7", 12'345}));
  EXPECT_EQ(ready.terminated_at, last_event(*ledger).time);
  EXPECT_EQ(must(ledger->get(id)), ready);
}

TEST_P(Lifecycle, ReadyOfStoredFilesSetsDigestCountAndSize) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a.txt", "12345"));
  must(ledger->store(id, "b/c.txt", "678"));
  const Deployment ready = must(ledger->mark_ready(id));
  const auto artifact = std::get<StoredArtifact>(*ready.artifact);
  EXPECT_EQ(artifact.files, 2u);
  EXPECT_EQ(artifact.bytes, 8u);
  EXPECT_NE(artifact.digest, Digest{});
  EXPECT_EQ(ready.terminated_at, last_event(*ledger).time);
  EXPECT_EQ(must(ledger->get(id)), ready);
}

TEST_P(Lifecycle, ReadyTwiceIsAnErrorAndChangesNothing) {
  const DeploymentId id = sealed(*ledger);
  const Deployment before = must(ledger->get(id));
  for (const auto& again : {ledger->mark_ready(id), ledger->mark_ready_external(id, "s3://x", 1)}) {
    const auto refusal = failure_of<NotBuilding>(again);
    EXPECT_EQ(refusal.id, id);
    EXPECT_EQ(refusal.status, DeploymentStatus::ready);
  }
  EXPECT_EQ(must(ledger->get(id)), before);
}

TEST_P(Lifecycle, FailedTwiceIsAnErrorAndKeepsTheFirstFailure) {
  const DeploymentId id = create(*ledger);
  const Deployment failed = must(ledger->mark_failed(id, "oom", "first"));
  EXPECT_EQ(failed.status, DeploymentStatus::failed);
  EXPECT_EQ(failed.terminated_at, last_event(*ledger).time);
  const auto refusal = failure_of<NotBuilding>(ledger->mark_failed(id, "oom", "second"));
  EXPECT_EQ(refusal.id, id);
  EXPECT_EQ(refusal.status, DeploymentStatus::failed);
  EXPECT_EQ(must(ledger->get(id)), failed);
}

TEST_P(Lifecycle, ListGivesOnlyThisOwnersNewestFirst) {
  const DeploymentId a1 = create(*ledger, "a");
  const DeploymentId b1 = create(*ledger, "b");
  const DeploymentId a2 = create(*ledger, "a");
  const DeploymentId aa1 = create(*ledger, "aa");
  const DeploymentId a3 = create(*ledger, "a");
  const auto ids = [&](const char* owner) {
    std::vector<DeploymentId> found;
    for (const Deployment& each : must(ledger->list(owner)).items) found.push_back(each.id);
    return found;
  };
  EXPECT_EQ(ids("a"), (std::vector{a3, a2, a1}));
  EXPECT_EQ(ids("b"), std::vector{b1});
  EXPECT_EQ(ids("aa"), std::vector{aa1});
  EXPECT_EQ(ids("nobody"), std::vector<DeploymentId>());
}

TEST_P(Lifecycle, NothingIsActiveBeforeTheFirstPromote) {
  ready(*ledger);
  EXPECT_EQ(must(ledger->active("demo")), nullptr);
  EXPECT_EQ(must(ledger->active("nobody")), nullptr);
  EXPECT_EQ(must(ledger->pointer("demo")).generation, Generation{0});
}

TEST_P(Lifecycle, PromoteOfOneThatIsNotReadyIsNotReady) {
  const DeploymentId building = create(*ledger);
  const DeploymentId broken = failed(*ledger);
  const auto first = failure_of<NotReady>(ledger->promote("demo", building));
  EXPECT_EQ(first.id, building);
  EXPECT_EQ(first.status, DeploymentStatus::building);
  const auto second = failure_of<NotReady>(ledger->promote("demo", broken));
  EXPECT_EQ(second.id, broken);
  EXPECT_EQ(second.status, DeploymentStatus::failed);
  EXPECT_EQ(active_id(*ledger), std::nullopt);
}

TEST_P(Lifecycle, PromoteOfADeletedArtifactIsArtifactDeleted) {
  const DeploymentId id = sealed(*ledger);
  const DeploymentAnswer deleted = must(ledger->delete_artifact(id));
  const auto refusal = failure_of<ArtifactDeleted>(ledger->promote("demo", id));
  EXPECT_EQ(refusal.id, id);
  EXPECT_EQ(refusal.when, deleted.artifact_deleted_at);
  EXPECT_EQ(active_id(*ledger), std::nullopt);
}

TEST_P(Lifecycle, FirstPromoteAnswersNoneTheSecondTheFirstsId) {
  const DeploymentId first = ready(*ledger);
  const DeploymentId second = ready(*ledger);
  EXPECT_EQ(must(ledger->promote("demo", first)).previous, std::nullopt);
  EXPECT_EQ(active_id(*ledger), first);
  EXPECT_EQ(must(ledger->promote("demo", second)).previous, first);
  EXPECT_EQ(active_id(*ledger), second);
}

TEST_P(Lifecycle, RollbackMakesTheEarlierOneActive) {
  const auto ids = promoted(*ledger, 2);
  const PointerAnswer answer = must(ledger->rollback("demo"));
  EXPECT_EQ(answer.active, ids[0]);
  EXPECT_EQ(answer.previous, ids[1]);
  EXPECT_EQ(active_id(*ledger), ids[0]);
  ledger.reopen();
  EXPECT_EQ(active_id(*ledger), ids[0]);
}

TEST_P(Lifecycle, TwoConcurrentPromotersBothFinishAndOneOfThemIsActive) {
  for (int round = 0; round < 10; ++round) {
    const std::string owner = "owner" + std::to_string(round);
    const DeploymentId a = ready(*ledger, owner);
    const DeploymentId b = ready(*ledger, owner);
    std::thread other([&] { must(ledger->promote(owner, a)); });
    must(ledger->promote(owner, b));
    other.join();
    const Pointer pointer = must(ledger->pointer(owner));
    EXPECT_TRUE(pointer.active == a || pointer.active == b);
    EXPECT_EQ(pointer.previous, pointer.active == a ? b : a);
    EXPECT_EQ(pointer.generation, Generation{2});
  }
}

TEST_P(Lifecycle, StoredFilesComeBackByteForByte) {
  const DeploymentId id = create(*ledger);
  const std::string bytes("\0\xff\r\n text", 9);
  must(ledger->store(id, "data.bin", bytes));
  EXPECT_EQ(must(ledger->retrieve(id, "data.bin")), bytes);
  must(ledger->mark_ready(id));
  EXPECT_EQ(must(ledger->retrieve(id, "data.bin")), bytes);
  ledger.reopen();
  EXPECT_EQ(must(ledger->retrieve(id, "data.bin")), bytes);
}

TEST_P(Lifecycle, ParentSegmentsAndAbsolutePathsAreRefusedEverywhere) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "kept"));
  for (const std::string path : {"..", "../a", "a/../b", "b/..", "/a", "/etc/passwd", ""}) {
    EXPECT_EQ(failure_of<InvalidPath>(ledger->store(id, path, "x")).path, path);
    EXPECT_EQ(failure_of<InvalidPath>(ledger->retrieve(id, path)).path, path);
    EXPECT_EQ(failure_of<InvalidPath>(ledger->remove(id, path)).path, path);
  }
  ASSERT_EQ(must(ledger->list_files(id)).size(), 1u);
  EXPECT_EQ(must(ledger->retrieve(id, "a")), "kept");
}

TEST_P(Lifecycle, RemovedFilesAreGoneAndTheOthersStay) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "1"));
  must(ledger->store(id, "b", "2"));
  must(ledger->remove(id, "a"));
  const auto missing = failure_of<PathNotFound>(ledger->retrieve(id, "a"));
  EXPECT_EQ(missing.id, id);
  EXPECT_EQ(missing.path, "a");
  EXPECT_EQ(failure_of<PathNotFound>(ledger->remove(id, "a")).path, "a");
  EXPECT_EQ(must(ledger->retrieve(id, "b")), "2");
  EXPECT_EQ(must(ledger->list_files(id)).size(), 1u);
}

TEST_P(Lifecycle, RemoveAllEmptiesTheListing) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "1"));
  must(ledger->store(id, "b/c", "2"));
  must(ledger->remove_all(id));
  EXPECT_EQ(must(ledger->list_files(id)), std::vector<FileEntry>());
  EXPECT_TRUE(fails_with<PathNotFound>(ledger->retrieve(id, "a")));
  must(ledger->store(id, "a/b", "3"));  // "a" is no file any more
  EXPECT_EQ(must(ledger->list_files(id)).at(0).path, "a/b");
}

TEST_P(Lifecycle, PreviewUrlNamesTheIdentifierBelowTheDomain) {
  const DeploymentAnswer created = must(ledger->create("demo"));
  DeploymentConfig config;
  EXPECT_EQ(preview_url(config, created.identifier), std::nullopt);
  config.preview_domain = "preview.example.org";
  EXPECT_EQ(preview_url(config, created.identifier),
            "https://" + created.identifier + ".preview.example.org/");
}

}  // namespace
}  // namespace purser::lifecycle_test
