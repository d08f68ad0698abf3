// Request ids: a retry answers what the first try did, and nothing else ever does.
#include <gtest/gtest.h>

#include "support/test_ledger.h"

namespace purser::idempotency_test {
namespace {

class Idempotency : public BothLedgers {
 protected:
  // The call writes nothing.
  template <class Call>
  auto without_event(Call call) {
    const Position before = log_size(*ledger);
    auto answer = call();
    EXPECT_EQ(log_size(*ledger), before);
    return answer;
  }
};
PURSER_ON_BOTH_LEDGERS(Idempotency);

TEST_P(Idempotency, CreateAgainAnswersTheSameDeployment) {
  const DeploymentAnswer first = must(ledger->create("demo", {}, as_request("k")));
  EXPECT_FALSE(first.receipt.replayed);
  const DeploymentAnswer again =
      without_event([&] { return must(ledger->create("demo", {}, as_request("k"))); });
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_EQ(again.receipt.position, first.receipt.position);
  EXPECT_EQ(static_cast<const Deployment&>(again), static_cast<const Deployment&>(first));
}

TEST_P(Idempotency, ReplayAnswersTheStateAsItWasThen) {
  const Deployment first = must(ledger->create("demo", {}, as_request("create")));
  const DeploymentId id = first.id;
  const Deployment ready = must(ledger->mark_ready_external(id, "s3://x", 1, as_request("ready")));
  must(ledger->mark_bad(id));
  must(ledger->delete_artifact(id));
  const Deployment created_again = must(ledger->create("demo", {}, as_request("create")));
  EXPECT_EQ(created_again, first);
  const Deployment ready_again =
      must(ledger->mark_ready_external(id, "s3://x", 1, as_request("ready")));
  EXPECT_EQ(ready_again, ready);
}

TEST_P(Idempotency, PromoteReplayedAfterLaterMovesSaysWhatItDid) {
  const DeploymentId a = promoted(*ledger);
  const DeploymentId b = ready(*ledger);
  const PointerAnswer first = must(ledger->promote("demo", b, {}, as_request("k")));
  promoted(*ledger);
  must(ledger->clear("demo"));
  ledger.reopen();
  const PointerAnswer again =
      without_event([&] { return must(ledger->promote("demo", b, {}, as_request("k"))); });
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_FALSE(again.receipt.unchanged);
  EXPECT_EQ(again.receipt.position, first.receipt.position);
  EXPECT_EQ(again.generation, Generation{2});
  EXPECT_EQ(again.active, b);
  EXPECT_EQ(again.previous, a);
  EXPECT_EQ(active_id(*ledger), std::nullopt);
}

TEST_P(Idempotency, RollbackReplayedKeepsItsSkippedOnes) {
  const auto ids = promoted(*ledger, 3);
  must(ledger->mark_bad(ids[1]));
  const PointerAnswer first = must(ledger->rollback("demo", {}, as_request("k")));
  must(ledger->unmark_bad(ids[1]));
  const PointerAnswer again = must(ledger->rollback("demo", {}, as_request("k")));
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_EQ(again.skipped, (std::vector<Skipped>{{ids[1], SkipReason::bad}}));
  EXPECT_EQ(again.skipped, first.skipped);
  EXPECT_EQ(again.active, ids[0]);
}

TEST_P(Idempotency, AGroupOfEventsIsReplayedAsAWhole) {
  const auto ids = promoted(*ledger, 2);
  RollbackOptions options;
  options.mark_bad = true;
  const PointerAnswer first = must(ledger->rollback("demo", options, as_request("k")));
  must(ledger->unmark_bad(ids[1]));
  const PointerAnswer again =
      without_event([&] { return must(ledger->rollback("demo", options, as_request("k"))); });
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_EQ(again.receipt.position, first.receipt.position);
  EXPECT_EQ(again.active, ids[0]);
  EXPECT_EQ(must(ledger->get(ids[1])).bad, std::nullopt);
}

TEST_P(Idempotency, TheSameIdForAnotherCommandIsRefused) {
  const DeploymentId a = ready(*ledger);
  const DeploymentId b = ready(*ledger);
  const PointerAnswer first = must(ledger->promote("demo", a, {}, as_request("k")));
  const auto refused = [&](const auto& answer) {
    const auto refusal = failure_of<RequestIdReused>(answer);
    EXPECT_EQ(refusal.request_id, "k");
    EXPECT_EQ(refusal.position, first.receipt.position);
  };
  PromoteOptions expecting;
  expecting.expect = Generation{0};
  PromoteOptions elsewhere;
  elsewhere.channel = "staging";
  PromoteOptions allow_bad;
  allow_bad.allow_bad = true;
  PromoteOptions not_older;
  not_older.not_older = true;
  const Position before = log_size(*ledger);
  refused(ledger->promote("demo", b, {}, as_request("k")));
  refused(ledger->promote("other", a, {}, as_request("k")));
  refused(ledger->promote("demo", a, expecting, as_request("k")));
  refused(ledger->promote("demo", a, elsewhere, as_request("k")));
  refused(ledger->promote("demo", a, allow_bad, as_request("k")));
  refused(ledger->promote("demo", a, not_older, as_request("k")));
  refused(ledger->rollback_to("demo", a, {}, as_request("k")));
  refused(ledger->clear("demo", {}, as_request("k")));
  refused(ledger->create("demo", {}, as_request("k")));
  refused(ledger->mark_bad(a, as_request("k")));
  refused(ledger->unmark_bad(a, as_request("k")));
  EXPECT_EQ(log_size(*ledger), before);
}

TEST_P(Idempotency, EveryArgumentTellsCommandsApart) {
  auto fresh = [n = 0]() mutable { return as_request("k" + std::to_string(++n)); };
  const auto reused = [](const auto& answer) { EXPECT_TRUE(fails_with<RequestIdReused>(answer)); };
  Context key = fresh();
  CreateOptions labelled;
  labelled.labels = {{"a", "b"}};
  must(ledger->create("demo", labelled, key));
  CreateOptions other = labelled;
  other.labels = {{"ab", ""}};
  reused(ledger->create("demo", other, key));
  other = labelled;
  other.source_ref = "";
  reused(ledger->create("demo", other, key));

  DeploymentId id = create(*ledger);
  must(ledger->mark_failed(id, "ab", "c", key = fresh()));
  reused(ledger->mark_failed(id, "a", "bc", key));
  id = create(*ledger);
  must(ledger->mark_ready_external(id, "s3://x", 1, key = fresh()));
  reused(ledger->mark_ready_external(id, "s3://x", 2, key));
  reused(ledger->mark_ready_external(id, "s3://y", 1, key));
  id = create(*ledger);
  ReadyOptions empty;
  empty.allow_empty = true;
  must(ledger->mark_ready(id, empty, key = fresh()));
  reused(ledger->mark_ready(id, {}, key));
  must(ledger->delete_artifact(id, {}, key = fresh()));
  DeleteArtifactOptions keep;
  keep.keep = 2;
  reused(ledger->delete_artifact(id, keep, key));

  promoted(*ledger, 4);
  must(ledger->rollback("demo", {}, key = fresh()));
  RollbackOptions two;
  two.steps = 2;
  reused(ledger->rollback("demo", two, key));
  RollbackOptions mark;
  mark.mark_bad = true;
  reused(ledger->rollback("demo", mark, key));
}

TEST_P(Idempotency, ActorReasonAndDryRunAreNoPartOfTheCommand) {
  const DeploymentId id = ready(*ledger);
  Context first = as_request("k");
  first.actor = "kim";
  first.reason = "one";
  const PointerAnswer promoted = must(ledger->promote("demo", id, {}, first));
  Context second = as_request("k");
  second.actor = "lee";
  second.reason = "two";
  second.dry_run = true;
  const PointerAnswer again = must(ledger->promote("demo", id, {}, second));
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_EQ(again.receipt.position, promoted.receipt.position);
  EXPECT_EQ(last_event(*ledger).header.actor, "kim");
}

TEST_P(Idempotency, TheEventHoldsTheIdAndTheDigestOfTheCommand) {
  const DeploymentId id = ready(*ledger);
  must(ledger->promote("demo", id, {}, as_request("k")));
  const EventHeader header = last_event(*ledger).header;
  EXPECT_EQ(header.request_id, "k");
  EXPECT_TRUE(header.command_digest.has_value());
}

TEST_P(Idempotency, UnchangedWithARequestIdIsNotedAndMovesNothing) {
  const auto ids = promoted(*ledger, 2);
  const PointerAnswer answer = must(ledger->promote("demo", ids[1], {}, as_request("k")));
  EXPECT_TRUE(answer.receipt.unchanged);
  EXPECT_FALSE(answer.receipt.replayed);
  const Event event = last_event(*ledger);
  EXPECT_EQ(answer.receipt.position, event.position);
  EXPECT_EQ(std::get<Noted>(event.payload),
            (Noted{"demo", std::nullopt, "live", Generation{2}, ids[1], ids[0]}));
  EXPECT_EQ(must(ledger->pointer("demo")).generation, Generation{2});
  EXPECT_EQ(must(ledger->activations("demo")).items.size(), 2u);

  const DeploymentId later = promoted(*ledger);
  const PointerAnswer again =
      without_event([&] { return must(ledger->promote("demo", ids[1], {}, as_request("k"))); });
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_TRUE(again.receipt.unchanged);
  EXPECT_EQ(again.active, ids[1]);
  EXPECT_EQ(again.previous, ids[0]);
  EXPECT_EQ(again.generation, Generation{2});
  EXPECT_EQ(active_id(*ledger), later);
}

TEST_P(Idempotency, UnmarkingWhatIsNotBadIsNotedForTheDeployment) {
  const DeploymentId id = create(*ledger);
  const DeploymentAnswer answer = must(ledger->unmark_bad(id, as_request("k")));
  EXPECT_TRUE(answer.receipt.unchanged);
  EXPECT_EQ(answer.receipt.position, Position{2});
  EXPECT_EQ(std::get<Noted>(last_event(*ledger).payload), (Noted{"demo", id, {}, {}, {}, {}}));
  must(ledger->mark_bad(id));
  const DeploymentAnswer again = must(ledger->unmark_bad(id, as_request("k")));
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_EQ(again.bad, std::nullopt);
  EXPECT_TRUE(must(ledger->get(id)).bad.has_value());
}

TEST_P(Idempotency, ClearOfNothingIsNotedWithGenerationZero) {
  EXPECT_TRUE(must(ledger->clear("demo", {}, as_request("k"))).receipt.unchanged);
  EXPECT_EQ(std::get<Noted>(last_event(*ledger).payload),
            (Noted{"demo", std::nullopt, "live", Generation{0}, {}, {}}));
}

TEST_P(Idempotency, ARejectionIsNotRemembered) {
  const DeploymentId id = create(*ledger);
  EXPECT_TRUE(fails_with<NotReady>(ledger->promote("demo", id, {}, as_request("k"))));
  must(ledger->mark_ready_external(id, "s3://x", 1));
  const PointerAnswer answer = must(ledger->promote("demo", id, {}, as_request("k")));
  EXPECT_FALSE(answer.receipt.replayed);
  EXPECT_EQ(answer.active, id);
}

TEST_P(Idempotency, ARejectedIdIsFreeForAnotherCommand) {
  const DeploymentId id = create(*ledger);
  EXPECT_TRUE(fails_with<NotReady>(ledger->promote("demo", id, {}, as_request("k"))));
  EXPECT_FALSE(must(ledger->mark_failed(id, "c", "m", as_request("k"))).receipt.replayed);
}

TEST_P(Idempotency, ADryRunIsNotRemembered) {
  Context dry = as_request("k");
  dry.dry_run = true;
  must(ledger->create("demo", {}, dry));
  EXPECT_EQ(log_size(*ledger), Position{0});
  const DeploymentAnswer real = must(ledger->create("demo", {}, as_request("k")));
  EXPECT_FALSE(real.receipt.replayed);
  EXPECT_EQ(real.id, DeploymentId{1});
}

TEST_P(Idempotency, IdsAreKeptOverRebuildAndReopen) {
  const DeploymentAnswer first = must(ledger->create("demo", {}, as_request("k")));
  must(ledger->rebuild());
  ledger.reopen();
  EXPECT_EQ(must(ledger->create("demo", {}, as_request("k"))).id, first.id);
  EXPECT_TRUE(fails_with<RequestIdReused>(ledger->create("other", {}, as_request("k"))));
}

}  // namespace
}  // namespace purser::idempotency_test
