// Pins: who, when and why, and that what is pinned keeps its artifact.
#include <gtest/gtest.h>

#include "support/test_ledger.h"

namespace purser::pins_test {
namespace {

Context because(std::string reason, std::string actor = "kim") {
  Context context;
  context.actor = std::move(actor);
  context.reason = std::move(reason);
  return context;
}

DeleteArtifactOptions keep_none() {
  DeleteArtifactOptions options;
  options.keep = 0;
  return options;
}

class Pins : public BothLedgers {};
PURSER_ON_BOTH_LEDGERS(Pins);

TEST_P(Pins, RecordWhoWhenAndWhyAndAgainReplacesIt) {
  for (const DeploymentId id : {create(*ledger), sealed(*ledger), failed(*ledger)}) {
    const DeploymentAnswer first = must(ledger->pin(id, because("first")));
    EXPECT_EQ(std::get<Pinned>(last_event(*ledger).payload), (Pinned{id, "demo"}));
    EXPECT_EQ(first.pinned, (Mark{"kim", "first", last_event(*ledger).time}));
    const DeploymentAnswer second = must(ledger->pin(id, because("second", "lee")));
    EXPECT_EQ(second.pinned, (Mark{"lee", "second", last_event(*ledger).time}));
    EXPECT_FALSE(second.receipt.unchanged);
    EXPECT_EQ(must(ledger->get(id)).pinned, second.pinned);
    EXPECT_EQ(must(ledger->find(second.identifier)).pinned, second.pinned);
  }
}

TEST_P(Pins, UnpinOfOneThatIsNotPinnedIsUnchanged) {
  const DeploymentId id = create(*ledger);
  EXPECT_TRUE(must(ledger->unpin(id)).receipt.unchanged);
  EXPECT_EQ(log_size(*ledger), Position{1});
  must(ledger->pin(id));
  const DeploymentAnswer unpinned = must(ledger->unpin(id));
  EXPECT_EQ(unpinned.pinned, std::nullopt);
  EXPECT_EQ(unpinned.receipt.position, Position{3});
  EXPECT_EQ(std::get<Unpinned>(last_event(*ledger).payload), (Unpinned{id, "demo"}));
}

TEST_P(Pins, KeepTheArtifactHoweverLittleIsKeptOtherwise) {
  const DeploymentId id = sealed(*ledger);
  must(ledger->pin(id, because("what the auditors saw")));
  const auto refusal = failure_of<InUse>(ledger->delete_artifact(id, keep_none()));
  EXPECT_EQ(refusal.id, id);
  EXPECT_EQ(refusal.referrers,
            (std::vector<Referrer>{{"", ReferrerRole::pinned, "what the auditors saw"}}));
  EXPECT_EQ(Error(refusal).message(),
            "the artifact of deployment 1 is needed by a pin: what the auditors saw");
  EXPECT_EQ(must(ledger->retrieve(id, "index.html")), "hello");
  must(ledger->unpin(id));
  EXPECT_TRUE(must(ledger->delete_artifact(id, keep_none())).artifact_deleted_at.has_value());
}

TEST_P(Pins, AreNamedBehindTheChannels) {
  const auto ids = promoted(*ledger, 2);
  for (const DeploymentId id : ids) must(ledger->pin(id));
  EXPECT_EQ(failure_of<InUse>(ledger->delete_artifact(ids[1])).referrers,
            (std::vector<Referrer>{{"live", ReferrerRole::active}, {"", ReferrerRole::pinned}}));
  EXPECT_EQ(
      failure_of<InUse>(ledger->delete_artifact(ids[0])).referrers,
      (std::vector<Referrer>{{"live", ReferrerRole::rollback_target}, {"", ReferrerRole::pinned}}));
  EXPECT_EQ(failure_of<InUse>(ledger->delete_artifact(ids[0], keep_none())).referrers,
            (std::vector<Referrer>{{"", ReferrerRole::pinned}}));
}

TEST_P(Pins, ChangeNothingElse) {
  const auto ids = promoted(*ledger, 2);
  must(ledger->pin(ids[0]));
  EXPECT_EQ(must(ledger->pointer("demo")).rollback_target, ids[0]);
  must(ledger->mark_bad(ids[0]));
  EXPECT_TRUE(must(ledger->get(ids[0])).pinned.has_value());
  must(ledger->unmark_bad(ids[0]));
  EXPECT_EQ(must(ledger->rollback("demo")).active, ids[0]);
}

TEST_P(Pins, ComeTooLateForWhatIsDeleted) {
  const DeploymentId id = sealed(*ledger);
  const auto when = must(ledger->delete_artifact(id)).artifact_deleted_at;
  EXPECT_EQ(failure_of<ArtifactDeleted>(ledger->pin(id)).when, when);
  EXPECT_TRUE(must(ledger->unpin(id)).receipt.unchanged);
}

TEST_P(Pins, CountWithinTheGroupThatSetThem) {
  const DeploymentId id = ready(*ledger);
  const Position before = log_size(*ledger);
  const auto refused = ledger->apply({Pin{id}, DeleteArtifact{id, {}}});
  EXPECT_EQ(failure_of<InUse>(refused).id, id);
  EXPECT_EQ(refused.error().command(), 2u);
  EXPECT_EQ(log_size(*ledger), before);
  EXPECT_EQ(must(ledger->get(id)).pinned, std::nullopt);
  const auto answers = must(ledger->apply({Pin{id}, Unpin{id}, DeleteArtifact{id, {}}}));
  EXPECT_TRUE(std::get<DeploymentAnswer>(answers[0]).pinned.has_value());
  EXPECT_TRUE(std::get<DeploymentAnswer>(answers[2]).artifact_deleted_at.has_value());
}

TEST_P(Pins, OfARetryAreAnsweredAsTheyWereThen) {
  const DeploymentId id = create(*ledger);
  Context first = because("first");
  first.request_id = "k";
  const DeploymentAnswer pinned = must(ledger->pin(id, first));
  must(ledger->pin(id, because("second")));
  must(ledger->unpin(id, as_request("u")));
  const DeploymentAnswer again = must(ledger->pin(id, first));
  EXPECT_TRUE(again.receipt.replayed);
  EXPECT_EQ(again.pinned, pinned.pinned);
  EXPECT_TRUE(fails_with<RequestIdReused>(ledger->unpin(id, first)));
  EXPECT_TRUE(fails_with<RequestIdReused>(ledger->mark_bad(id, first)));
  EXPECT_TRUE(must(ledger->unpin(id, as_request("v"))).receipt.unchanged);
  EXPECT_EQ(std::get<Noted>(last_event(*ledger).payload), (Noted{"demo", id, {}, {}, {}, {}}));
  EXPECT_EQ(must(ledger->get(id)).pinned, std::nullopt);
}

TEST_P(Pins, OfADryRunAreNotSet) {
  const DeploymentId id = create(*ledger);
  EXPECT_TRUE(must(ledger->pin(id, dry_run())).pinned.has_value());
  EXPECT_EQ(must(ledger->get(id)).pinned, std::nullopt);
  must(ledger->pin(id));
  EXPECT_EQ(must(ledger->unpin(id, dry_run())).pinned, std::nullopt);
  EXPECT_TRUE(must(ledger->get(id)).pinned.has_value());
}

TEST_P(Pins, OutliveRebuildAndReopen) {
  const DeploymentId id = sealed(*ledger);
  const auto pinned = must(ledger->pin(id, because("kept"))).pinned;
  must(ledger->rebuild());
  EXPECT_EQ(must(ledger->get(id)).pinned, pinned);
  ledger.reopen();
  EXPECT_EQ(must(ledger->get(id)).pinned, pinned);
  EXPECT_TRUE(fails_with<InUse>(ledger->delete_artifact(id, keep_none())));
}

TEST_P(Pins, OfNobodyAreNotFound) {
  EXPECT_EQ(failure_of<NotFound>(ledger->pin(DeploymentId{9})).id, DeploymentId{9});
  EXPECT_EQ(failure_of<NotFound>(ledger->unpin(DeploymentId{9})).id, DeploymentId{9});
}

}  // namespace
}  // namespace purser::pins_test
