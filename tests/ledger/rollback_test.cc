// Rollback walks parents; rollback_to names its target.
#include <gtest/gtest.h>

#include "support/test_ledger.h"

namespace purser::rollback_test {
namespace {

class Rollback : public testing::Test {
 protected:
  PointerAnswer rollback(std::uint32_t steps = 1) {
    RollbackOptions options;
    options.steps = steps;
    return must(ledger->rollback("demo", options));
  }
  std::vector<Skipped> refused(std::uint32_t steps = 1) {
    const Position before = log_size(*ledger);
    const auto active = active_id(*ledger);
    RollbackOptions options;
    options.steps = steps;
    const auto refusal = failure_of<NoPreviousDeployment>(ledger->rollback("demo", options));
    EXPECT_EQ(refusal.owner, "demo");
    EXPECT_EQ(refusal.channel, "live");
    EXPECT_EQ(log_size(*ledger), before);
    EXPECT_EQ(active_id(*ledger), active);
    return refusal.skipped;
  }
  Activated last_move() { return std::get<Activated>(last_event(*ledger).payload); }

  TestLedger ledger{Where::memory};
};

TEST_F(Rollback, InheritsTheParentOfItsTarget) {
  const auto ids = promoted(*ledger, 3);
  rollback();
  EXPECT_EQ(
      last_move(),
      (Activated{
          "demo", "live", Cause::rollback, Generation{4}, Generation{1}, ids[1], ids[2], {}}));
  rollback();
  EXPECT_EQ(
      last_move(),
      (Activated{
          "demo", "live", Cause::rollback, Generation{5}, Generation{0}, ids[0], ids[1], {}}));
}

TEST_F(Rollback, OfNothingHasNothingToSkip) {
  EXPECT_EQ(refused(), std::vector<Skipped>());
  promoted(*ledger);
  EXPECT_EQ(refused(), std::vector<Skipped>());
}

TEST_F(Rollback, StepsGoSeveralBackAtOnce) {
  const auto ids = promoted(*ledger, 4);
  const PointerAnswer answer = rollback(2);
  EXPECT_EQ(answer.active, ids[1]);
  EXPECT_EQ(answer.previous, ids[3]);
  EXPECT_EQ(rollback().active, ids[0]);
}

TEST_F(Rollback, MoreStepsThanThereAreMoveNothing) {
  const auto ids = promoted(*ledger, 3);
  EXPECT_EQ(refused(3), std::vector<Skipped>());
  must(ledger->mark_bad(ids[0]));
  EXPECT_EQ(refused(2), (std::vector<Skipped>{{ids[0], SkipReason::bad}}));
  EXPECT_EQ(rollback(1).active, ids[1]);
}

TEST_F(Rollback, ZeroStepsAreNoRollback) {
  promoted(*ledger, 2);
  RollbackOptions options;
  options.steps = 0;
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->rollback("demo", options)).what, "steps");
}

TEST_F(Rollback, OnlyWhatIsNotSkippedCountsAsAStep) {
  const auto ids = promoted(*ledger, 5);
  must(ledger->mark_bad(ids[3]));
  DeleteArtifactOptions keep_none;
  keep_none.keep = 0;
  must(ledger->delete_artifact(ids[1], keep_none));
  const PointerAnswer answer = rollback(2);
  EXPECT_EQ(answer.active, ids[0]);
  EXPECT_EQ(answer.skipped,
            (std::vector<Skipped>{{ids[3], SkipReason::bad}, {ids[1], SkipReason::deleted}}));
  EXPECT_EQ(last_move().skipped, answer.skipped);
}

TEST_F(Rollback, SkipsWhatIsActiveNow) {
  const DeploymentId a = promoted(*ledger);
  const DeploymentId b = promoted(*ledger);
  must(ledger->promote("demo", a));
  must(ledger->mark_bad(b));
  EXPECT_EQ(refused(), (std::vector<Skipped>{{b, SkipReason::bad}, {a, SkipReason::active_now}}));
}

TEST_F(Rollback, SkipsWhereNothingWasActive) {
  const auto ids = promoted(*ledger, 2);
  must(ledger->clear("demo"));
  must(ledger->promote("demo", ids[0]));
  const PointerAnswer answer = rollback();
  EXPECT_EQ(answer.active, ids[1]);
  EXPECT_EQ(answer.skipped, (std::vector<Skipped>{{std::nullopt, SkipReason::nothing_active}}));
}

TEST_F(Rollback, ReportsEveryReasonAtOnce) {
  const auto ids = promoted(*ledger, 2);  // bad, deleted
  must(ledger->clear("demo"));
  const DeploymentId now = promoted(*ledger);
  must(ledger->mark_bad(ids[0]));
  DeleteArtifactOptions keep_none;
  keep_none.keep = 0;
  must(ledger->delete_artifact(ids[1], keep_none));
  EXPECT_EQ(refused(), (std::vector<Skipped>{{std::nullopt, SkipReason::nothing_active},
                                             {ids[1], SkipReason::deleted},
                                             {ids[0], SkipReason::bad}}));
  EXPECT_EQ(active_id(*ledger), now);
}

TEST_F(Rollback, PointerTellsWhereItWouldGo) {
  const auto ids = promoted(*ledger, 3);
  EXPECT_EQ(must(ledger->pointer("demo")).rollback_target, ids[1]);
  must(ledger->mark_bad(ids[1]));
  EXPECT_EQ(must(ledger->pointer("demo")).rollback_target, ids[0]);
  must(ledger->mark_bad(ids[0]));
  EXPECT_EQ(must(ledger->pointer("demo")).rollback_target, std::nullopt);
}

TEST_F(Rollback, AfterARollbackANewPromotionHasTheRolledBackOneAsItsWayBack) {
  const auto ids = promoted(*ledger, 3);
  rollback();                                   // 2
  const DeploymentId next = promoted(*ledger);  // 4, on top of 2
  EXPECT_EQ(must(ledger->pointer("demo")).rollback_target, ids[1]);
  EXPECT_EQ(rollback().active, ids[1]);
  EXPECT_EQ(rollback().active, ids[0]);
  EXPECT_NE(active_id(*ledger), next);
}

TEST_F(Rollback, ExpectIsChecked) {
  const auto ids = promoted(*ledger, 2);
  RollbackOptions options;
  options.expect = Generation{1};
  const auto refusal = failure_of<Conflict>(ledger->rollback("demo", options));
  EXPECT_EQ(refusal.expected, Generation{1});
  EXPECT_EQ(refusal.actual, Generation{2});
  EXPECT_EQ(active_id(*ledger), ids[1]);
  options.expect = Generation{2};
  EXPECT_EQ(must(ledger->rollback("demo", options)).active, ids[0]);
}

TEST_F(Rollback, MarkBadWritesBothEventsAsOneGroup) {
  const auto ids = promoted(*ledger, 2);
  const Position before = log_size(*ledger);
  RollbackOptions options;
  options.mark_bad = true;
  Context context;
  context.actor = "kim";
  context.reason = "500s everywhere";
  const PointerAnswer answer = must(ledger->rollback("demo", options, context));
  EXPECT_EQ(answer.active, ids[0]);
  EXPECT_EQ(answer.receipt.position, Position{before.value + 1});

  const auto events = must(ledger->read(Position{before.value + 1}, 10));
  ASSERT_EQ(events.size(), 2u);
  const EventGroup group{Position{before.value + 1}, 2};
  EXPECT_EQ(events[0].kind(), EventKind::activated);
  EXPECT_EQ(std::get<BadMarked>(events[1].payload), (BadMarked{ids[1], "demo"}));
  EXPECT_EQ(events[0].header.group, group);
  EXPECT_EQ(events[1].header.group, group);
  EXPECT_EQ(must(ledger->get(ids[1])).bad, (Mark{"kim", "500s everywhere", events[1].time}));
  EXPECT_EQ(must(ledger->stats()).groups, before.value + 1);  // one group each
}

TEST_F(Rollback, MarkBadHasNothingToMarkAfterAClear) {
  const auto ids = promoted(*ledger, 1);
  must(ledger->clear("demo"));
  const Position before = log_size(*ledger);
  RollbackOptions options;
  options.mark_bad = true;
  EXPECT_EQ(must(ledger->rollback("demo", options)).active, ids[0]);
  EXPECT_EQ(log_size(*ledger), Position{before.value + 1});
  EXPECT_EQ(last_event(*ledger).header.group, std::nullopt);
}

TEST_F(Rollback, RefusedMarkBadMarksNothing) {
  const DeploymentId id = promoted(*ledger);
  RollbackOptions options;
  options.mark_bad = true;
  EXPECT_TRUE(fails_with<NoPreviousDeployment>(ledger->rollback("demo", options)));
  EXPECT_EQ(must(ledger->get(id)).bad, std::nullopt);
}

class RollbackTo : public Rollback {
 protected:
  PointerAnswer rollback_to(DeploymentId id, const RollbackToOptions& options = {}) {
    return must(ledger->rollback_to("demo", id, options));
  }
};

TEST_F(RollbackTo, OneThatWasActiveInheritsTheParentOfThatActivation) {
  const auto ids = promoted(*ledger, 4);
  EXPECT_EQ(rollback_to(ids[1]).previous, ids[3]);
  EXPECT_EQ(
      last_move(),
      (Activated{
          "demo", "live", Cause::rollback, Generation{5}, Generation{1}, ids[1], ids[3], {}}));
  EXPECT_EQ(rollback().active, ids[0]);
}

TEST_F(RollbackTo, TheParentIsThatOfTheLatestActivation) {
  const DeploymentId a = promoted(*ledger);
  const DeploymentId b = promoted(*ledger);
  must(ledger->promote("demo", a));  // generation 3, parent 2
  const DeploymentId c = promoted(*ledger);
  rollback_to(a);
  EXPECT_EQ(last_move(),
            (Activated{"demo", "live", Cause::rollback, Generation{5}, Generation{2}, a, c, {}}));
  EXPECT_EQ(rollback().active, b);
}

TEST_F(RollbackTo, OneThatWasNeverActiveIsRestoredOnTopOfTheCurrentOne) {
  const DeploymentId never = ready(*ledger);
  const auto ids = promoted(*ledger, 2);
  rollback_to(never);
  EXPECT_EQ(
      last_move(),
      (Activated{"demo", "live", Cause::restore, Generation{3}, Generation{2}, never, ids[1], {}}));
  EXPECT_EQ(rollback().active, ids[1]);
}

TEST_F(RollbackTo, HavingBeenActiveOnAnotherChannelDoesNotCount) {
  const DeploymentId elsewhere = ready(*ledger);
  PromoteOptions staging;
  staging.channel = "staging";
  must(ledger->promote("demo", elsewhere, staging));
  promoted(*ledger);
  rollback_to(elsewhere);
  EXPECT_EQ(last_move().cause, Cause::restore);
}

TEST_F(RollbackTo, OnAPointerThatNeverMovedRestoresWithoutAParent) {
  const DeploymentId id = ready(*ledger);
  rollback_to(id);
  EXPECT_EQ(last_move(),
            (Activated{"demo", "live", Cause::restore, Generation{1}, Generation{0}, id, {}, {}}));
}

TEST_F(RollbackTo, TheActiveOneIsUnchanged) {
  const auto ids = promoted(*ledger, 2);
  const Position before = log_size(*ledger);
  RollbackToOptions options;
  options.mark_bad = true;
  const PointerAnswer answer = rollback_to(ids[1], options);
  EXPECT_TRUE(answer.receipt.unchanged);
  EXPECT_EQ(answer.previous, ids[0]);
  EXPECT_EQ(log_size(*ledger), before);
  EXPECT_EQ(must(ledger->get(ids[1])).bad, std::nullopt);
}

TEST_F(RollbackTo, ChecksAreThoseOfPromote) {
  const DeploymentId active = promoted(*ledger);
  const DeploymentId building = create(*ledger);
  const DeploymentId deleted = ready(*ledger);
  must(ledger->delete_artifact(deleted));
  const DeploymentId bad = ready(*ledger);
  must(ledger->mark_bad(bad));
  const Position before = log_size(*ledger);
  EXPECT_EQ(failure_of<NotFound>(ledger->rollback_to("demo", DeploymentId{99})).id,
            DeploymentId{99});
  EXPECT_EQ(failure_of<NotReady>(ledger->rollback_to("demo", building)).id, building);
  EXPECT_EQ(failure_of<ArtifactDeleted>(ledger->rollback_to("demo", deleted)).id, deleted);
  EXPECT_EQ(failure_of<MarkedBad>(ledger->rollback_to("demo", bad)).id, bad);
  RollbackToOptions options;
  options.expect = Generation{9};
  options.allow_bad = true;
  EXPECT_EQ(failure_of<Conflict>(ledger->rollback_to("demo", bad, options)).actual, Generation{1});
  EXPECT_EQ(log_size(*ledger), before);
  EXPECT_EQ(active_id(*ledger), active);
  options.expect = Generation{1};
  EXPECT_EQ(rollback_to(bad, options).active, bad);
}

TEST_F(RollbackTo, MarkBadMarksWhatIsLeftInTheSameCommit) {
  const auto ids = promoted(*ledger, 3);
  const Position before = log_size(*ledger);
  RollbackToOptions options;
  options.mark_bad = true;
  rollback_to(ids[0], options);
  const auto events = must(ledger->read(Position{before.value + 1}, 10));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<BadMarked>(events[1].payload), (BadMarked{ids[2], "demo"}));
  EXPECT_EQ(events[1].header.group, (EventGroup{Position{before.value + 1}, 2}));
  EXPECT_TRUE(must(ledger->get(ids[2])).bad.has_value());
}

}  // namespace
}  // namespace purser::rollback_test
