// A dry run answers as if, refuses as if, and writes nothing.
#include <gtest/gtest.h>

#include "support/rows.h"
#include "support/test_ledger.h"

namespace purser::dry_run_test {
namespace {

class DryRun : public testing::Test {
 protected:
  // Runs `call` dry; no row of the ledger is another one afterwards.
  template <class Call>
  auto dry(Call call) {
    const Rows before = all_rows(ledger.directory());
    const auto files = chunk_files();
    auto answer = call(dry_run());
    EXPECT_TRUE(all_rows(ledger.directory()) == before) << "rows changed";
    EXPECT_EQ(chunk_files(), files);
    return answer;
  }
  [[nodiscard]] std::size_t chunk_files() const {
    return directory_contents(ledger.directory() + "/chunks").size();
  }

  TestLedger ledger{Where::disk};
};

TEST_F(DryRun, CreateAnswersTheNextIdAndReservesNothing) {
  create(*ledger);
  const DeploymentAnswer answer =
      must(dry([&](const Context& context) { return ledger->create("demo", {}, context); }));
  EXPECT_EQ(answer.id, DeploymentId{2});
  EXPECT_EQ(answer.status, DeploymentStatus::building);
  EXPECT_EQ(answer.receipt.position, std::nullopt);
  EXPECT_FALSE(answer.receipt.unchanged);
  EXPECT_TRUE(fails_with<NotFound>(ledger->get(DeploymentId{2})));
  EXPECT_EQ(create(*ledger), DeploymentId{2});
}

TEST_F(DryRun, ReadyAnswersTheArtifact) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "12345"));
  const Deployment answer =
      must(dry([&](const Context& context) { return ledger->mark_ready(id, {}, context); }));
  EXPECT_EQ(answer.status, DeploymentStatus::ready);
  EXPECT_EQ(std::get<StoredArtifact>(*answer.artifact).bytes, 5u);
  EXPECT_EQ(must(ledger->get(id)).status, DeploymentStatus::building);
  must(ledger->store(id, "b", "still open"));
  const Deployment real = must(ledger->mark_ready(id));
  EXPECT_NE(real.artifact, answer.artifact);
}

TEST_F(DryRun, ReadyExternalAndFailedAnswerAndLeaveItBuilding) {
  const DeploymentId id = create(*ledger);
  EXPECT_EQ(must(dry([&](const Context& context) {
              return ledger->mark_ready_external(id, "s3://x", 1, context);
            })).status,
            DeploymentStatus::ready);
  EXPECT_EQ(must(dry([&](const Context& context) {
              return ledger->mark_failed(id, "c", "m", context);
            })).failure,
            (Failure{"c", "m"}));
  EXPECT_EQ(must(ledger->get(id)).status, DeploymentStatus::building);
}

TEST_F(DryRun, MarksAndDeletion) {
  const DeploymentId id = ready(*ledger);
  EXPECT_TRUE(must(dry([&](const Context& context) {
                return ledger->mark_bad(id, context);
              })).bad.has_value());
  EXPECT_TRUE(must(dry([&](const Context& context) {
                return ledger->delete_artifact(id, {}, context);
              })).artifact_deleted_at.has_value());
  must(ledger->mark_bad(id));
  EXPECT_FALSE(must(dry([&](const Context& context) {
                 return ledger->unmark_bad(id, context);
               })).bad.has_value());
  EXPECT_TRUE(must(ledger->get(id)).bad.has_value());
}

TEST_F(DryRun, PointerCommandsSayWhereTheyWouldGo) {
  const auto ids = promoted(*ledger, 2);
  const DeploymentId next = ready(*ledger);
  RollbackOptions mark_bad;
  mark_bad.mark_bad = true;
  const PointerAnswer promotion =
      must(dry([&](const Context& context) { return ledger->promote("demo", next, {}, context); }));
  EXPECT_EQ(promotion.active, next);
  EXPECT_EQ(promotion.previous, ids[1]);
  EXPECT_EQ(promotion.generation, Generation{3});
  EXPECT_EQ(promotion.receipt.position, std::nullopt);
  const PointerAnswer back = must(
      dry([&](const Context& context) { return ledger->rollback("demo", mark_bad, context); }));
  EXPECT_EQ(back.active, ids[0]);
  EXPECT_EQ(must(ledger->get(ids[1])).bad, std::nullopt);
  EXPECT_EQ(must(dry([&](const Context& context) {
              return ledger->rollback_to("demo", next, {}, context);
            })).active,
            next);
  const PointerAnswer cleared =
      must(dry([&](const Context& context) { return ledger->clear("demo", {}, context); }));
  EXPECT_EQ(cleared.active, std::nullopt);
  EXPECT_EQ(cleared.generation, Generation{3});
  EXPECT_EQ(active_id(*ledger), ids[1]);
}

TEST_F(DryRun, ExpireNamesWhatItWouldFail) {
  const DeploymentId id = create(*ledger);
  const Timestamp later{must(ledger->get(id)).created_at.unix_us + 1};
  EXPECT_EQ(
      must(dry([&](const Context& context) { return ledger->expire(later, context); })).failed,
      std::vector{id});
  EXPECT_EQ(must(ledger->get(id)).status, DeploymentStatus::building);
}

TEST_F(DryRun, RefusesWhatTheCommandWouldRefuse) {
  const DeploymentId id = create(*ledger);
  EXPECT_EQ(failure_of<NotReady>(dry([&](const Context& context) {
              return ledger->promote("demo", id, {}, context);
            })).id,
            id);
  EXPECT_EQ(failure_of<EmptyArtifact>(dry([&](const Context& context) {
              return ledger->mark_ready(id, {}, context);
            })).id,
            id);
  EXPECT_TRUE(fails_with<NoPreviousDeployment>(
      dry([&](const Context& context) { return ledger->rollback("demo", {}, context); })));
}

TEST_F(DryRun, UnchangedWithARequestIdNotesNothing) {
  const DeploymentId id = promoted(*ledger);
  const PointerAnswer answer = must(dry([&](Context context) {
    context.request_id = "k";
    return ledger->promote("demo", id, {}, context);
  }));
  EXPECT_TRUE(answer.receipt.unchanged);
  EXPECT_EQ(answer.receipt.position, std::nullopt);
}

TEST_F(DryRun, ChangesNeitherTheTimeNorThePositionOfWhatFollows) {
  FakeClock clock;
  TestLedger other(Where::memory, clock.options());
  create(*other);
  clock.advance(60'000'000);
  for (int i = 0; i < 5; ++i) must(other->create("demo", {}, dry_run()));
  clock.advance(-50'000'000);
  const Deployment created = must(other->create("demo"));
  EXPECT_EQ(created.id, DeploymentId{2});
  EXPECT_EQ(created.created_at.unix_us, clock.now());
}

}  // namespace
}  // namespace purser::dry_run_test
