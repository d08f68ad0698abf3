// Promote and clear: what may become active, under which conditions, and what the answer says.
#include <gtest/gtest.h>

#include "support/test_ledger.h"

namespace purser::promote_test {
namespace {

class Promote : public testing::Test {
 protected:
  PointerAnswer promote(DeploymentId id, const PromoteOptions& options = {}) {
    return must(ledger->promote("demo", id, options));
  }
  // Refused with `Detail`, and nothing has moved.
  template <class Detail>
  Detail refused(DeploymentId id, const PromoteOptions& options = {}) {
    const Position before = log_size(*ledger);
    const Detail detail = failure_of<Detail>(ledger->promote("demo", id, options));
    EXPECT_EQ(log_size(*ledger), before);
    return detail;
  }

  TestLedger ledger{Where::memory};
};

PromoteOptions expecting(std::uint64_t generation) {
  PromoteOptions options;
  options.expect = Generation{generation};
  return options;
}

TEST_F(Promote, AnswerAndEventSayWhatMoved) {
  const DeploymentId a = ready(*ledger);
  const DeploymentId b = ready(*ledger);
  promote(a);
  const Position before = log_size(*ledger);
  Context context;
  context.actor = "kim";
  context.reason = "release 2";
  const PointerAnswer answer = must(ledger->promote("demo", b, {}, context));
  EXPECT_EQ(answer.owner_key, "demo");
  EXPECT_EQ(answer.channel, "live");
  EXPECT_EQ(answer.generation, Generation{2});
  EXPECT_EQ(answer.active, b);
  EXPECT_EQ(answer.previous, a);
  EXPECT_TRUE(answer.skipped.empty());
  EXPECT_EQ(answer.receipt.position, Position{before.value + 1});
  EXPECT_FALSE(answer.receipt.unchanged);
  EXPECT_FALSE(answer.receipt.replayed);

  const Event event = last_event(*ledger);
  EXPECT_EQ(event.position, answer.receipt.position);
  EXPECT_EQ(event.header.actor, "kim");
  EXPECT_EQ(event.header.reason, "release 2");
  EXPECT_EQ(std::get<Activated>(event.payload),
            (Activated{"demo", "live", Cause::promote, Generation{2}, Generation{1}, b, a, {}}));
}

TEST_F(Promote, PointerTellsTheStateBehindIt) {
  const auto ids = promoted(*ledger, 2);
  const Event event = last_event(*ledger);
  EXPECT_EQ(
      must(ledger->pointer("demo")),
      (Pointer{
          "demo", "live", Generation{2}, ids[1], ids[0], ids[0], event.time, event.position, {}}));
  EXPECT_EQ(must(ledger->pointer("demo", "never")),
            (Pointer{"demo", "never", Generation{0}, {}, {}, {}, {}, {}, {}}));
}

TEST_F(Promote, UnknownDeploymentIsNotFound) {
  EXPECT_EQ(refused<NotFound>(DeploymentId{99}).id, DeploymentId{99});
}

TEST_F(Promote, BadOneIsRefusedWithTheReasonUnlessAllowed) {
  const DeploymentId id = ready(*ledger);
  Context context;
  context.reason = "leaks memory";
  must(ledger->mark_bad(id, context));
  const auto refusal = refused<MarkedBad>(id);
  EXPECT_EQ(refusal.id, id);
  EXPECT_EQ(refusal.reason, "leaks memory");
  PromoteOptions options;
  options.allow_bad = true;
  EXPECT_EQ(promote(id, options).active, id);
}

TEST_F(Promote, UnmarkedBadMayBePromotedAgain) {
  const DeploymentId id = ready(*ledger);
  must(ledger->mark_bad(id));
  EXPECT_EQ(must(ledger->unmark_bad(id)).bad, std::nullopt);
  EXPECT_EQ(promote(id).active, id);
}

TEST_F(Promote, ExpectZeroMeansNoActivationYet) {
  const DeploymentId a = ready(*ledger);
  const DeploymentId b = ready(*ledger);
  EXPECT_EQ(promote(a, expecting(0)).generation, Generation{1});
  const auto refusal = refused<Conflict>(b, expecting(0));
  EXPECT_EQ(refusal.expected, Generation{0});
  EXPECT_EQ(refusal.actual, Generation{1});
}

TEST_F(Promote, ExpectIsAGenerationThatAnABADoesNotFool) {
  const DeploymentId a = ready(*ledger);
  const DeploymentId b = ready(*ledger);
  promote(a);
  promote(b);
  promote(a);  // as at generation 1, yet another state
  const auto refusal = refused<Conflict>(b, expecting(1));
  EXPECT_EQ(refusal.expected, Generation{1});
  EXPECT_EQ(refusal.actual, Generation{3});
  EXPECT_EQ(promote(b, expecting(3)).generation, Generation{4});
}

TEST_F(Promote, ExpectCountsForTheActiveOneAsWell) {
  const DeploymentId id = promoted(*ledger);
  EXPECT_EQ(refused<Conflict>(id, expecting(7)).actual, Generation{1});
  EXPECT_TRUE(promote(id, expecting(1)).receipt.unchanged);
}

TEST_F(Promote, ExpectAfterClearIsTheGenerationOfTheClear) {
  const DeploymentId id = promoted(*ledger);
  must(ledger->clear("demo"));
  EXPECT_EQ(refused<Conflict>(id, expecting(0)).actual, Generation{2});
  EXPECT_EQ(promote(id, expecting(2)).generation, Generation{3});
}

TEST_F(Promote, NotOlderRefusesOneCreatedBeforeTheActiveOne) {
  const DeploymentId a = ready(*ledger);
  const DeploymentId b = ready(*ledger);
  const DeploymentId c = ready(*ledger);
  PromoteOptions options;
  options.not_older = true;
  EXPECT_EQ(promote(b, options).active, b);
  const auto refusal = refused<NotOlder>(a, options);
  EXPECT_EQ(refusal.id, a);
  EXPECT_EQ(refusal.active, b);
  EXPECT_TRUE(promote(b, options).receipt.unchanged);
  EXPECT_EQ(promote(c, options).active, c);
  EXPECT_EQ(promote(a).active, a);  // without the policy
}

TEST_F(Promote, NotOlderHasNothingToCompareWithWhereNothingIsActive) {
  const DeploymentId a = ready(*ledger);
  promoted(*ledger);
  must(ledger->clear("demo"));
  PromoteOptions options;
  options.not_older = true;
  EXPECT_EQ(promote(a, options).active, a);
}

TEST_F(Promote, ChannelsOfAnOwnerAreIndependent) {
  const DeploymentId a = ready(*ledger);
  const DeploymentId b = ready(*ledger);
  PromoteOptions staging;
  staging.channel = "staging";
  EXPECT_EQ(promote(a, staging).channel, "staging");
  EXPECT_EQ(active_id(*ledger), std::nullopt);
  EXPECT_EQ(promote(b, expecting(0)).previous, std::nullopt);
  EXPECT_EQ(active_id(*ledger, "demo", "staging"), a);
  EXPECT_EQ(active_id(*ledger), b);
  RollbackOptions back;
  back.channel = "staging";
  EXPECT_TRUE(fails_with<NoPreviousDeployment>(ledger->rollback("demo", back)));
  EXPECT_EQ(must(ledger->activations("demo", "staging")).items.size(), 1u);
}

TEST_F(Promote, NamesOfOwnersAndChannelsDoNotRunTogether) {
  const DeploymentId a = ready(*ledger, "a");
  const DeploymentId ab = ready(*ledger, "ab");
  PromoteOptions bc;
  bc.channel = "bc";
  PromoteOptions c;
  c.channel = "c";
  must(ledger->promote("a", a, bc));
  must(ledger->promote("ab", ab, c));
  EXPECT_EQ(active_id(*ledger, "a", "bc"), a);
  EXPECT_EQ(active_id(*ledger, "ab", "c"), ab);
  EXPECT_EQ(active_id(*ledger, "a", "b"), std::nullopt);
  EXPECT_EQ(active_id(*ledger, "ab", "bc"), std::nullopt);
}

TEST_F(Promote, UnchangedWritesNothingWithoutARequestId) {
  const DeploymentId id = promoted(*ledger);
  const Position before = log_size(*ledger);
  EXPECT_TRUE(promote(id).receipt.unchanged);
  EXPECT_EQ(log_size(*ledger), before);
}

class Clear : public Promote {};

TEST_F(Clear, LeavesNothingActiveAndSaysWhatWas) {
  const DeploymentId id = promoted(*ledger);
  const PointerAnswer answer = must(ledger->clear("demo"));
  EXPECT_EQ(answer.generation, Generation{2});
  EXPECT_EQ(answer.active, std::nullopt);
  EXPECT_EQ(answer.previous, id);
  EXPECT_EQ(must(ledger->active("demo")), nullptr);
  EXPECT_EQ(std::get<Activated>(last_event(*ledger).payload),
            (Activated{"demo", "live", Cause::clear, Generation{2}, Generation{1}, {}, id, {}}));
}

TEST_F(Clear, IsUndoneByARollback) {
  const auto ids = promoted(*ledger, 2);
  must(ledger->clear("demo"));
  const PointerAnswer answer = must(ledger->rollback("demo"));
  EXPECT_EQ(answer.active, ids[1]);
  EXPECT_EQ(answer.previous, std::nullopt);
  EXPECT_EQ(must(ledger->rollback("demo")).active, ids[0]);
}

TEST_F(Clear, OfNothingIsUnchanged) {
  const Position before = log_size(*ledger);
  EXPECT_TRUE(must(ledger->clear("demo")).receipt.unchanged);
  EXPECT_EQ(log_size(*ledger), before);
  promoted(*ledger);
  must(ledger->clear("demo"));
  const PointerAnswer again = must(ledger->clear("demo"));
  EXPECT_TRUE(again.receipt.unchanged);
  EXPECT_EQ(again.generation, Generation{2});
}

TEST_F(Clear, ExpectIsChecked) {
  const DeploymentId id = promoted(*ledger);
  ClearOptions options;
  options.expect = Generation{0};
  const auto refusal = failure_of<Conflict>(ledger->clear("demo", options));
  EXPECT_EQ(refusal.expected, Generation{0});
  EXPECT_EQ(refusal.actual, Generation{1});
  EXPECT_EQ(active_id(*ledger), id);
  options.expect = Generation{1};
  EXPECT_EQ(must(ledger->clear("demo", options)).generation, Generation{2});
}

TEST_F(Clear, TouchesItsOwnChannelOnly) {
  const DeploymentId id = promoted(*ledger);
  PromoteOptions staging;
  staging.channel = "staging";
  promote(id, staging);
  ClearOptions options;
  options.channel = "staging";
  must(ledger->clear("demo", options));
  EXPECT_EQ(active_id(*ledger), id);
  EXPECT_EQ(active_id(*ledger, "demo", "staging"), std::nullopt);
}

}  // namespace
}  // namespace purser::promote_test
