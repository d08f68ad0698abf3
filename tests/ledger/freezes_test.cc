// Freezes: what a frozen channel refuses, what it lets pass, and that nothing thaws by itself.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/ledger_on_disk.h"
#include "support/rows.h"
#include "support/test_ledger.h"

namespace purser::freezes_test {
namespace {

Context because(std::string reason, std::string actor = "kim") {
  Context context;
  context.actor = std::move(actor);
  context.reason = std::move(reason);
  return context;
}

FreezeOptions on(std::optional<std::string> channel, bool rollback_too = false) {
  FreezeOptions options;
  options.channel = std::move(channel);
  options.rollback_too = rollback_too;
  return options;
}
const std::optional<std::string> kEvery;  // channel

UnfreezeOptions off(std::optional<std::string> channel) {
  UnfreezeOptions options;
  options.channel = std::move(channel);
  return options;
}

template <class Options>
Options at(std::string channel) {
  Options options;
  options.channel = std::move(channel);
  return options;
}

class Freezes : public BothLedgers {
 protected:
  template <class R>
  void expect_frozen(const R& answer, const std::string& by, const std::string& reason,
                     const std::string& channel = "live") {
    const auto refusal = failure_of<Frozen>(answer);
    EXPECT_EQ(refusal.owner, "demo");
    EXPECT_EQ(refusal.channel, channel);
    EXPECT_EQ(refusal.by, by);
    EXPECT_EQ(refusal.reason, reason);
  }
  [[nodiscard]] std::optional<ChannelFreeze> frozen(const std::string& channel = "live") {
    return must(ledger->pointer("demo", channel)).frozen;
  }
};
PURSER_ON_BOTH_LEDGERS(Freezes);

TEST_P(Freezes, RecordWhoWhenAndWhyAndAgainReplacesIt) {
  const FreezeAnswer first = must(ledger->freeze("demo", {}, because("release week")));
  EXPECT_EQ(std::get<ChannelsFrozen>(last_event(*ledger).payload),
            (ChannelsFrozen{"demo", "live", false}));
  const ChannelFreeze expected{"kim", "release week", last_event(*ledger).time, "live", false};
  EXPECT_EQ(first.owner_key, "demo");
  EXPECT_EQ(first.channel, "live");
  EXPECT_EQ(first.frozen, expected);
  EXPECT_EQ(first.receipt.position, Position{1});
  EXPECT_EQ(frozen(), expected);
  const FreezeAnswer second = must(ledger->freeze("demo", on("live", true), because("x", "lee")));
  EXPECT_EQ(second.frozen, (ChannelFreeze{"lee", "x", last_event(*ledger).time, "live", true}));
  EXPECT_FALSE(second.receipt.unchanged);
  EXPECT_EQ(frozen(), second.frozen);
}

TEST_P(Freezes, RefusePromoteRestoreAndClearAndLetRollbacksPass) {
  const auto ids = promoted(*ledger, 3);
  const DeploymentId fresh = ready(*ledger);
  must(ledger->freeze("demo", {}, because("release week")));
  const Position before = log_size(*ledger);
  expect_frozen(ledger->promote("demo", fresh), "kim", "release week");
  expect_frozen(ledger->promote("demo", ids[2]), "kim", "release week");  // active as it is
  expect_frozen(ledger->rollback_to("demo", fresh), "kim", "release week");
  expect_frozen(ledger->clear("demo"), "kim", "release week");
  EXPECT_EQ(log_size(*ledger), before);
  EXPECT_EQ(must(ledger->rollback("demo")).active, ids[1]);
  EXPECT_EQ(must(ledger->rollback_to("demo", ids[2])).active, ids[2]);
  EXPECT_TRUE(must(ledger->rollback_to("demo", ids[2])).receipt.unchanged);
  EXPECT_EQ(must(ledger->rollback_to("demo", ids[0])).active, ids[0]);
  EXPECT_TRUE(frozen().has_value());
}

TEST_P(Freezes, RefuseRollbacksTooIfAskedTo) {
  const auto ids = promoted(*ledger, 2);
  must(ledger->freeze("demo", on("live", true), because("court order")));
  expect_frozen(ledger->rollback("demo"), "kim", "court order");
  expect_frozen(ledger->rollback_to("demo", ids[0]), "kim", "court order");
  expect_frozen(ledger->rollback_to("demo", ids[1]), "kim", "court order");  // active as it is
  expect_frozen(ledger->clear("demo"), "kim", "court order");
  EXPECT_EQ(active_id(*ledger), ids[1]);
  must(ledger->freeze("demo", {}, because("milder")));
  EXPECT_EQ(must(ledger->rollback("demo")).active, ids[0]);
}

TEST_P(Freezes, HoldTheirOwnChannelAndOwnerOnly) {
  const DeploymentId id = ready(*ledger);
  const DeploymentId theirs = ready(*ledger, "other");
  must(ledger->freeze("demo", on("live")));
  EXPECT_EQ(must(ledger->promote("demo", id, at<PromoteOptions>("beta"))).active, id);
  EXPECT_EQ(must(ledger->promote("other", theirs)).active, theirs);
  EXPECT_EQ(frozen("beta"), std::nullopt);
  EXPECT_EQ(must(ledger->pointer("other")).frozen, std::nullopt);
  expect_frozen(ledger->promote("demo", id), "library", "");
}

TEST_P(Freezes, OfAllChannelsHoldThoseToCome) {
  const DeploymentId id = ready(*ledger);
  const FreezeAnswer answer = must(ledger->freeze("demo", on(kEvery), because("audit")));
  EXPECT_EQ(answer.channel, std::nullopt);
  const ChannelFreeze expected{"kim", "audit", last_event(*ledger).time, std::nullopt, false};
  EXPECT_EQ(answer.frozen, expected);
  for (const std::string channel : {"live", "never-seen"}) {
    expect_frozen(ledger->promote("demo", id, at<PromoteOptions>(channel)), "kim", "audit",
                  channel);
    EXPECT_EQ(frozen(channel), expected);
    EXPECT_EQ(must(ledger->pointer("demo", channel)).generation, Generation{0});
  }
  const DeploymentId theirs = ready(*ledger, "demo2");
  EXPECT_EQ(must(ledger->promote("demo2", theirs)).active, theirs);
  must(ledger->unfreeze("demo", off(kEvery)));
  EXPECT_EQ(must(ledger->promote("demo", id)).active, id);
}

TEST_P(Freezes, OfAChannelAndOfAllStandAsLongAsEachIsLeft) {
  const auto ids = promoted(*ledger, 2);
  must(ledger->freeze("demo", on("live"), because("mine")));
  must(ledger->freeze("demo", on(kEvery, true), because("everyone's")));
  // The stricter one speaks.
  EXPECT_EQ(frozen()->reason, "everyone's");
  expect_frozen(ledger->rollback("demo"), "kim", "everyone's");
  must(ledger->freeze("demo", on(kEvery), because("everyone's")));
  EXPECT_EQ(frozen()->reason, "mine");
  EXPECT_EQ(must(ledger->unfreeze("demo", off(kEvery))).frozen, std::nullopt);
  EXPECT_EQ(frozen()->reason, "mine");
  must(ledger->freeze("demo", on(kEvery), because("everyone's")));
  const FreezeAnswer still = must(ledger->unfreeze("demo", off("live")));
  EXPECT_FALSE(still.receipt.unchanged);
  EXPECT_EQ(still.frozen->reason, "everyone's");  // and holds the channel on
  expect_frozen(ledger->promote("demo", ids[0]), "kim", "everyone's");
  must(ledger->unfreeze("demo", off(kEvery)));
  EXPECT_EQ(must(ledger->promote("demo", ids[0])).active, ids[0]);
}

TEST_P(Freezes, UnfreezeOfWhatIsNotFrozenIsUnchanged) {
  const DeploymentId id = promoted(*ledger);
  const Position before = log_size(*ledger);
  EXPECT_TRUE(must(ledger->unfreeze("demo")).receipt.unchanged);
  EXPECT_TRUE(must(ledger->unfreeze("demo", off(kEvery))).receipt.unchanged);
  EXPECT_EQ(log_size(*ledger), before);
  EXPECT_TRUE(must(ledger->unfreeze("demo", {}, as_request("k"))).receipt.unchanged);
  EXPECT_EQ(std::get<Noted>(last_event(*ledger).payload),
            (Noted{"demo", std::nullopt, "live", Generation{1}, id, std::nullopt}));
  EXPECT_TRUE(must(ledger->unfreeze("demo", off(kEvery), as_request("l"))).receipt.unchanged);
  EXPECT_EQ(std::get<Noted>(last_event(*ledger).payload), (Noted{"demo", {}, {}, {}, {}, {}}));
  EXPECT_TRUE(must(ledger->unfreeze("demo", {}, as_request("k"))).receipt.replayed);
}

TEST_P(Freezes, NothingElseThaws) {
  const auto ids = promoted(*ledger, 2);
  must(ledger->freeze("demo"));
  must(ledger->unfreeze("demo", off("beta")));
  must(ledger->unfreeze("demo", off(kEvery)));
  must(ledger->unfreeze("other"));
  must(ledger->rollback("demo"));
  must(ledger->mark_bad(ids[0]));
  must(ledger->rebuild());
  EXPECT_TRUE(fails_with<Frozen>(ledger->promote("demo", ids[1])));
  ledger.reopen();
  EXPECT_TRUE(frozen().has_value());
  EXPECT_TRUE(fails_with<Frozen>(ledger->promote("demo", ids[1])));
  must(ledger->unfreeze("demo"));
  EXPECT_EQ(frozen(), std::nullopt);
  EXPECT_EQ(must(ledger->promote("demo", ids[1])).active, ids[1]);
}

TEST_P(Freezes, CountWithinTheGroupThatSetThem) {
  const DeploymentId id = ready(*ledger);
  const Position before = log_size(*ledger);
  const auto refused = ledger->apply({Freeze{"demo", on(kEvery)}, Promote{"demo", id, {}}});
  EXPECT_EQ(failure_of<Frozen>(refused).channel, "live");
  EXPECT_EQ(refused.error().command(), 2u);
  EXPECT_EQ(log_size(*ledger), before);
  EXPECT_EQ(frozen(), std::nullopt);  // what a refused one had decided is forgotten
  const auto answers = must(
      ledger->apply({Freeze{"demo", {}}, Freeze{"demo", on(kEvery)}, Unfreeze{"demo", {}},
                     Unfreeze{"demo", off(kEvery)}, Promote{"demo", id, {}}, Freeze{"demo", {}}}));
  EXPECT_EQ(std::get<FreezeAnswer>(answers[2]).frozen->channel, std::nullopt);
  EXPECT_EQ(std::get<FreezeAnswer>(answers[3]).frozen, std::nullopt);
  EXPECT_EQ(active_id(*ledger), id);
  EXPECT_EQ(frozen(), std::get<FreezeAnswer>(answers[5]).frozen);
}

TEST_P(Freezes, CountFromTheirOwnAnswerOnWhoeverAsks) {
  const auto ids = promoted(*ledger, 2);
  std::atomic<bool> stop = false;
  std::thread asks([&] {
    while (!stop) EXPECT_EQ(must(ledger->pointer("demo")).active, ids[1]);
  });
  for (int i = 0; i < 50; ++i) {
    const auto channel = i % 2 == 0 ? kEvery : std::optional<std::string>("live");
    EXPECT_EQ(frozen(), std::nullopt);
    const auto answer = must(ledger->freeze("demo", on(channel)));
    EXPECT_EQ(frozen(), answer.frozen);
    EXPECT_TRUE(fails_with<Frozen>(ledger->promote("demo", ids[0])));
    must(ledger->unfreeze("demo", off(channel)));
  }
  stop = true;
  asks.join();
}

TEST_P(Freezes, OfARetryAreAnsweredAsTheyWereThen) {
  const FreezeAnswer first = must(ledger->freeze("demo", {}, as_request("k")));
  must(ledger->freeze("demo", on(kEvery, true), because("later")));
  must(ledger->unfreeze("demo", {}, as_request("u")));
  const Position before = log_size(*ledger);
  const FreezeAnswer again = must(ledger->freeze("demo", {}, as_request("k")));
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_EQ(again.receipt.position, first.receipt.position);
  EXPECT_EQ(again.frozen, first.frozen);
  EXPECT_EQ(must(ledger->unfreeze("demo", {}, as_request("u"))).frozen->reason, "later");
  EXPECT_TRUE(fails_with<RequestIdReused>(ledger->freeze("demo", on(kEvery), as_request("k"))));
  EXPECT_TRUE(
      fails_with<RequestIdReused>(ledger->freeze("demo", on("live", true), as_request("k"))));
  EXPECT_TRUE(fails_with<RequestIdReused>(ledger->freeze("other", {}, as_request("k"))));
  EXPECT_TRUE(fails_with<RequestIdReused>(ledger->unfreeze("demo", {}, as_request("k"))));
  EXPECT_EQ(log_size(*ledger), before);
}

TEST_P(Freezes, OfADryRunHoldNothing) {
  const DeploymentId id = ready(*ledger);
  EXPECT_TRUE(must(ledger->freeze("demo", {}, dry_run())).frozen.has_value());
  EXPECT_EQ(frozen(), std::nullopt);
  must(ledger->freeze("demo"));
  EXPECT_EQ(must(ledger->unfreeze("demo", {}, dry_run())).frozen, std::nullopt);
  EXPECT_TRUE(fails_with<Frozen>(ledger->promote("demo", id, {}, dry_run())));
}

TEST_P(Freezes, ComeAfterTheOtherReasonsToRefuse) {
  const DeploymentId building = create(*ledger);
  must(ledger->freeze("demo"));
  EXPECT_TRUE(fails_with<NotReady>(ledger->promote("demo", building)));
  ClearOptions stale;
  stale.expect = Generation{7};
  EXPECT_TRUE(fails_with<Conflict>(ledger->clear("demo", stale)));
}

TEST_P(Freezes, TakeNamesWithinTheLimits) {
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->freeze("")).what, "owner");
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->freeze("demo", on(""))).what, "channel");
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->unfreeze("demo", off(""))).what, "channel");
  const auto limit = failure_of<LimitExceeded>(ledger->freeze("demo", on(std::string(129, 'c'))));
  EXPECT_EQ(limit.what, "channel");
}

TEST_P(Freezes, MayBeSubmitted) {
  const DeploymentId id = ready(*ledger);
  auto freeze = ledger->submit(Freeze{"demo", {}}, because("now"));
  auto promote = ledger->submit(Promote{"demo", id, {}});
  EXPECT_EQ(std::get<FreezeAnswer>(must(freeze.get())).frozen->reason, "now");
  EXPECT_TRUE(fails_with<Frozen>(promote.get()));
}

TEST(FreezesBesideAWriter, AreSeenAfterARefresh) {
  TestLedger ledger(Where::disk);
  must(ledger->freeze("demo", {}, because("one")));
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  EXPECT_EQ(must(reader.pointer("demo")).frozen->reason, "one");
  must(ledger->unfreeze("demo"));
  must(ledger->freeze("demo", on(kEvery), because("two")));
  EXPECT_EQ(must(reader.pointer("demo")).frozen->reason, "one");
  must(reader.refresh());
  EXPECT_EQ(must(reader.pointer("demo")).frozen->reason, "two");
}

}  // namespace
}  // namespace purser::freezes_test
