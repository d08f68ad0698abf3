// Commands on deployments: ids, marks, deleting artifacts, expiring builds.
#include <gtest/gtest.h>

#include "support/rows.h"
#include "support/test_ledger.h"

namespace purser::deployments_test {
namespace {

class Deployments : public testing::Test {
 protected:
  DeleteArtifactOptions keep(std::uint32_t count) {
    DeleteArtifactOptions options;
    options.keep = count;
    return options;
  }
  std::vector<Referrer> in_use(DeploymentId id, std::uint32_t count) {
    const Position before = log_size(*ledger);
    const auto refusal = failure_of<InUse>(ledger->delete_artifact(id, keep(count)));
    EXPECT_EQ(refusal.id, id);
    EXPECT_EQ(log_size(*ledger), before);
    EXPECT_EQ(must(ledger->get(id)).artifact_deleted_at, std::nullopt);
    return refusal.referrers;
  }
  void promote(DeploymentId id, std::string channel) {
    PromoteOptions options;
    options.channel = std::move(channel);
    must(ledger->promote("demo", id, options));
  }

  FakeClock clock;
  TestLedger ledger{Where::memory, clock.options()};
};

TEST_F(Deployments, IdsCountFromOneOverAllOwnersWithoutGaps) {
  EXPECT_EQ(create(*ledger, "a"), DeploymentId{1});
  EXPECT_EQ(create(*ledger, "b"), DeploymentId{2});
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->create("")));
  EXPECT_EQ(create(*ledger, "a"), DeploymentId{3});
  EXPECT_EQ(must(ledger->stats()).last_deployment, DeploymentId{3});
}

TEST_F(Deployments, CreatedEventRecordsEverything) {
  CreateOptions options;
  options.source_ref = "sha";
  options.labels = {{"a", "1"}, {"b", ""}};
  const DeploymentAnswer created = must(ledger->create("demo", options));
  EXPECT_EQ(created.receipt.position, Position{1});
  const Event event = last_event(*ledger);
  EXPECT_EQ(std::get<Created>(event.payload),
            (Created{DeploymentId{1}, created.identifier, "demo", "sha", options.labels}));
  EXPECT_EQ(event.header.actor, "library");
  EXPECT_EQ(event.header.request_id, std::nullopt);
  EXPECT_EQ(event.header.command_digest, std::nullopt);
  EXPECT_EQ(event.header.group, std::nullopt);
  EXPECT_FALSE(event.header.imported);
  EXPECT_EQ(created.created_at, event.time);
}

TEST_F(Deployments, ActorDefaultsToThatOfTheOptions) {
  Options options;
  options.actor = "robot";
  TestLedger other(Where::memory, options);
  create(*other);
  EXPECT_EQ(last_event(*other).header.actor, "robot");
}

TEST_F(Deployments, MarkBadRecordsWhoWhenAndWhyAndAgainReplacesIt) {
  const DeploymentId id = create(*ledger);  // in any state
  Context context;
  context.actor = "kim";
  context.reason = "first";
  const DeploymentAnswer first = must(ledger->mark_bad(id, context));
  EXPECT_EQ(first.bad, (Mark{"kim", "first", last_event(*ledger).time}));
  context.actor = "lee";
  context.reason = "second";
  const DeploymentAnswer second = must(ledger->mark_bad(id, context));
  EXPECT_EQ(second.bad, (Mark{"lee", "second", last_event(*ledger).time}));
  EXPECT_FALSE(second.receipt.unchanged);
  EXPECT_EQ(must(ledger->get(id)).bad, second.bad);
}

TEST_F(Deployments, UnmarkBadOfOneThatIsNotBadIsUnchanged) {
  const DeploymentId id = create(*ledger);
  EXPECT_TRUE(must(ledger->unmark_bad(id)).receipt.unchanged);
  EXPECT_EQ(log_size(*ledger), Position{1});
  must(ledger->mark_bad(id));
  const DeploymentAnswer unmarked = must(ledger->unmark_bad(id));
  EXPECT_EQ(unmarked.bad, std::nullopt);
  EXPECT_EQ(unmarked.receipt.position, Position{3});
  EXPECT_EQ(std::get<BadUnmarked>(last_event(*ledger).payload), (BadUnmarked{id, "demo"}));
}

TEST_F(Deployments, MarkingTheActiveOneBadLeavesItActive) {
  const DeploymentId id = promoted(*ledger);
  must(ledger->mark_bad(id));
  EXPECT_EQ(active_id(*ledger), id);
}

TEST_F(Deployments, DeleteKeepsTheRecordAndStopsServingTheBytes) {
  const DeploymentId id = sealed(*ledger);
  const Deployment before = must(ledger->get(id));
  const DeploymentAnswer deleted = must(ledger->delete_artifact(id));
  Deployment expected = before;
  expected.artifact_deleted_at = last_event(*ledger).time;
  EXPECT_EQ(static_cast<const Deployment&>(deleted), expected);
  EXPECT_EQ(must(ledger->get(id)), expected);
  for (const auto& answer : {ledger->retrieve(id, "index.html")}) {
    EXPECT_EQ(failure_of<ArtifactDeleted>(answer).when, expected.artifact_deleted_at);
  }
  EXPECT_EQ(failure_of<ArtifactDeleted>(ledger->list_files(id)).id, id);
  EXPECT_EQ(failure_of<ArtifactDeleted>(ledger->materialize(id, ledger.beside("out"))).id, id);
  EXPECT_EQ(failure_of<ArtifactDeleted>(ledger->delete_artifact(id)).id, id);
}

TEST_F(Deployments, DeleteOfABuildingOneIsNotReadyAndOfAFailedOneWorks) {
  const DeploymentId building = create(*ledger);
  EXPECT_EQ(failure_of<NotReady>(ledger->delete_artifact(building)).status,
            DeploymentStatus::building);
  const DeploymentId broken = failed(*ledger);
  EXPECT_TRUE(must(ledger->delete_artifact(broken)).artifact_deleted_at.has_value());
  EXPECT_EQ(failure_of<NotFound>(ledger->delete_artifact(DeploymentId{9})).id, DeploymentId{9});
}

TEST_F(Deployments, DeleteIsRefusedForTheActiveOneHoweverLittleIsKept) {
  const DeploymentId id = promoted(*ledger);
  const std::vector<Referrer> active{{"live", ReferrerRole::active}};
  EXPECT_EQ(in_use(id, 0), active);
  EXPECT_EQ(in_use(id, 1), active);
}

TEST_F(Deployments, DeleteIsRefusedForTheNextKeepRollbackTargets) {
  const auto ids = promoted(*ledger, 4);
  const std::vector<Referrer> target{{"live", ReferrerRole::rollback_target}};
  EXPECT_EQ(in_use(ids[2], 1), target);
  EXPECT_EQ(in_use(ids[1], 2), target);
  EXPECT_EQ(in_use(ids[0], 3), target);
  must(ledger->delete_artifact(ids[0], keep(2)));
  must(ledger->delete_artifact(ids[1], keep(1)));
  must(ledger->delete_artifact(ids[2], keep(0)));
  EXPECT_TRUE(fails_with<NoPreviousDeployment>(ledger->rollback("demo")));
}

TEST_F(Deployments, KeepCountsUsableTargetsOnly) {
  const auto ids = promoted(*ledger, 4);
  must(ledger->mark_bad(ids[2]));  // not usable: the next target is ids[1]
  EXPECT_EQ(in_use(ids[1], 1), (std::vector<Referrer>{{"live", ReferrerRole::rollback_target}}));
  must(ledger->delete_artifact(ids[0], keep(1)));
  must(ledger->delete_artifact(ids[2], keep(1)));
}

TEST_F(Deployments, KeepProtectsTheWayBackFromACleared) {
  const auto ids = promoted(*ledger, 2);
  must(ledger->clear("demo"));
  EXPECT_EQ(in_use(ids[1], 1), (std::vector<Referrer>{{"live", ReferrerRole::rollback_target}}));
  must(ledger->delete_artifact(ids[0], keep(1)));
}

TEST_F(Deployments, ReferrersNameEveryChannelOfTheOwner) {
  const DeploymentId a = ready(*ledger);
  const DeploymentId b = ready(*ledger);
  promote(a, "live");
  promote(b, "live");  // a is the way back
  promote(a, "beta");  // a is active
  promote(b, "canary");
  promote(a, "canary");
  promote(b, "canary");
  promote(b, "other");  // never had a
  EXPECT_EQ(in_use(a, 1), (std::vector<Referrer>{{"beta", ReferrerRole::active},
                                                 {"canary", ReferrerRole::rollback_target},
                                                 {"live", ReferrerRole::rollback_target}}));
  EXPECT_EQ(in_use(a, 0), (std::vector<Referrer>{{"beta", ReferrerRole::active}}));
  ClearOptions beta;
  beta.channel = "beta";
  must(ledger->clear("demo", beta));
  must(ledger->delete_artifact(a, keep(0)));
}

TEST_F(Deployments, ExpireFailsWhatHasBeenBuildingTooLong) {
  const DeploymentId old = create(*ledger, "a");
  const DeploymentId done = ready(*ledger, "a");
  const DeploymentId old_too = create(*ledger, "b");
  clock.advance(60'000'000);
  const Deployment young = must(ledger->create("a"));
  Context context;
  context.reason = "nightly";
  const ExpireReport report = must(ledger->expire(young.created_at, context));
  EXPECT_EQ(report.failed, (std::vector{old, old_too}));
  for (const DeploymentId id : report.failed) {
    const Deployment expired = must(ledger->get(id));
    EXPECT_EQ(expired.status, DeploymentStatus::failed);
    EXPECT_EQ(expired.failure->code, "interrupted");
  }
  EXPECT_EQ(last_event(*ledger).header.reason, "nightly");
  EXPECT_EQ(last_event(*ledger).header.group, std::nullopt);
  EXPECT_EQ(must(ledger->get(young.id)).status, DeploymentStatus::building);
  EXPECT_EQ(must(ledger->get(done)).status, DeploymentStatus::ready);
  EXPECT_EQ(must(ledger->expire(young.created_at)).failed, std::vector<DeploymentId>());
  const Timestamp later{young.created_at.unix_us + 1};
  EXPECT_EQ(must(ledger->expire(later)).failed, std::vector{young.id});
}

TEST_F(Deployments, ExpireUsesARequestIdForEachDeployment) {
  const DeploymentId a = create(*ledger);
  const DeploymentId b = create(*ledger);
  clock.advance(1'000'000);
  const ExpireReport report = must(ledger->expire(Timestamp{clock.now()}, as_request("night")));
  EXPECT_EQ(report.failed, (std::vector{a, b}));
  const auto events = must(ledger->read(Position{3}, 10));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].header.request_id, "night/1");
  EXPECT_EQ(events[1].header.request_id, "night/2");
  EXPECT_EQ(must(ledger->expire(Timestamp{clock.now()}, as_request("night"))).failed.size(), 0u);
  EXPECT_EQ(log_size(*ledger), Position{4});
}

TEST(DraftRows, OfADraftThatWasNeverEditedGoWithTheSealAndNotAtTheNextOpen) {
  TestLedger ledger(Where::disk);
  const auto heads = [&] {
    int count = 0;
    for (const auto& [key, value] : all_rows(ledger.directory())) count += key.starts_with("1h");
    return count;
  };
  const DeploymentId external = create(*ledger);
  const DeploymentId broken = create(*ledger);
  const DeploymentId empty = create(*ledger);
  EXPECT_EQ(heads(), 3);
  must(ledger->mark_ready_external(external, "s3://x", 1));
  must(ledger->mark_failed(broken, "c", "m"));
  EXPECT_EQ(heads(), 1);
  must(ledger->mark_ready(empty, {.allow_empty = true}));
  EXPECT_EQ(heads(), 0);
  for (const DeploymentId id : {external, broken, empty}) {
    EXPECT_TRUE(must(ledger->list_files(id)).empty());
  }
  sealed(*ledger);
  EXPECT_EQ(heads(), 2);  // two revisions, which a reader may still be looking at
  ledger.reopen();
  EXPECT_EQ(heads(), 0);
}

}  // namespace
}  // namespace purser::deployments_test
