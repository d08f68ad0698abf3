// The known faults of ferro-deployments that need two callers at once: each is provoked many times.
#include <gtest/gtest.h>

#include <barrier>
#include <functional>
#include <thread>

#include "support/scale.h"
#include "support/test_ledger.h"

namespace purser::races_test {
namespace {

class Races : public BothLedgers {
 protected:
  [[nodiscard]] int rounds() const { return scaled(ledger.on_disk() ? 80 : 300); }
};
PURSER_ON_BOTH_LEDGERS(Races);

// Runs both at the same moment.
void race(const std::function<void()>& one, const std::function<void()>& other) {
  std::barrier start(2);
  std::thread thread([&] {
    start.arrive_and_wait();
    one();
  });
  start.arrive_and_wait();
  other();
  thread.join();
}

TEST_P(Races, ADeletedArtifactNeverGoesLive) {
  int deletions = 0;
  for (int round = 0; round < rounds(); ++round) {
    const DeploymentId id = ready(*ledger);
    std::optional<Result<DeploymentAnswer>> deleted;
    std::optional<Result<PointerAnswer>> promoted;
    race([&] { deleted = ledger->delete_artifact(id); },
         [&] { promoted = ledger->promote("demo", id); });
    ASSERT_NE(deleted->has_value(), promoted->has_value()) << "round " << round;
    if (*deleted) {
      ++deletions;
      EXPECT_EQ(failure_of<ArtifactDeleted>(*promoted).id, id);
      EXPECT_NE(active_id(*ledger), id);
    } else {
      EXPECT_EQ(failure_of<InUse>(*deleted).referrers,
                (std::vector<Referrer>{{"live", ReferrerRole::active}}));
      EXPECT_EQ(active_id(*ledger), id);
      EXPECT_EQ(must(ledger->get(id)).artifact_deleted_at, std::nullopt);
    }
  }
  RecordProperty("deletions", deletions);
}

TEST_P(Races, TwoConcurrentRollbacksLoseNoVersion) {
  for (int round = 0; round < rounds() / 4; ++round) {
    const std::string owner = "owner" + std::to_string(round);
    const auto ids = promoted(*ledger, 3, owner);
    std::vector<PointerAnswer> answers(2);
    race([&] { answers[0] = must(ledger->rollback(owner)); },
         [&] { answers[1] = must(ledger->rollback(owner)); });
    if (answers[0].generation > answers[1].generation) std::swap(answers[0], answers[1]);
    EXPECT_EQ(answers[0].generation, Generation{4});
    EXPECT_EQ(answers[0].active, ids[1]);
    EXPECT_EQ(answers[0].previous, ids[2]);
    EXPECT_EQ(answers[1].generation, Generation{5});
    EXPECT_EQ(answers[1].active, ids[0]);
    EXPECT_EQ(answers[1].previous, ids[1]);
    EXPECT_EQ(active_id(*ledger, owner), ids[0]);
  }
}

TEST_P(Races, ARollbackAndAPromoteThatExpectTheSameStateHaveOneWinner) {
  int rollbacks = 0;
  for (int round = 0; round < rounds() / 4; ++round) {
    const std::string owner = "owner" + std::to_string(round);
    promoted(*ledger, 2, owner);
    const DeploymentId next = ready(*ledger, owner);
    RollbackOptions back;
    PromoteOptions forth;
    back.expect = forth.expect = Generation{2};
    std::optional<Result<PointerAnswer>> rolled;
    std::optional<Result<PointerAnswer>> promoted;
    race([&] { rolled = ledger->rollback(owner, back); },
         [&] { promoted = ledger->promote(owner, next, forth); });
    ASSERT_NE(rolled->has_value(), promoted->has_value()) << "round " << round;
    rollbacks += rolled->has_value() ? 1 : 0;
    const auto refusal = failure_of<Conflict>(*rolled ? *promoted : *rolled);
    EXPECT_EQ(refusal.expected, Generation{2});
    EXPECT_EQ(refusal.actual, Generation{3});
    EXPECT_EQ(must(ledger->pointer(owner)).generation, Generation{3});
    EXPECT_EQ(active_id(*ledger, owner), *rolled ? (*rolled)->active : next);
  }
  RecordProperty("rollbacks", rollbacks);
}

// Two threads that always expect the generation they have just seen: each generation is made by
// exactly one of them.
TEST_P(Races, OfTwoPromotersThatExpectTheSameGenerationExactlyOneWinsEachOfTenThousandRounds) {
  const int count = scaled(10'000);
  const DeploymentId ids[] = {ready(*ledger), ready(*ledger)};
  std::barrier round(2);
  std::vector<int> wins(2);
  std::vector<std::vector<bool>> won(2, std::vector<bool>(static_cast<std::size_t>(count)));
  const auto racer = [&](std::size_t me) {
    for (int i = 0; i < count; ++i) {
      PromoteOptions options;
      options.expect = Generation{static_cast<std::uint64_t>(i)};
      round.arrive_and_wait();
      // Never what is active already, whoever won the last round.
      const auto answer = ledger->promote("demo", ids[i % 2], options);
      if (answer) {
        won[me][static_cast<std::size_t>(i)] = true;
        ++wins[me];
        EXPECT_EQ(answer->generation.value, static_cast<std::uint64_t>(i) + 1);
      } else {
        const auto refusal = failure_of<Conflict>(answer);
        EXPECT_EQ(refusal.expected.value, static_cast<std::uint64_t>(i));
        EXPECT_EQ(refusal.actual.value, static_cast<std::uint64_t>(i) + 1);
      }
    }
  };
  std::thread other([&] { racer(1); });
  racer(0);
  other.join();
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    ASSERT_NE(won[0][at], won[1][at]) << "round " << i;
  }
  EXPECT_EQ(wins[0] + wins[1], count);
  EXPECT_EQ(must(ledger->pointer("demo")).generation.value, static_cast<std::uint64_t>(count));
}

TEST_P(Races, ARollbackThatRacesAPromoteSaysWhatItLeft) {
  for (int round = 0; round < rounds() / 4; ++round) {
    const std::string owner = "owner" + std::to_string(round);
    const auto ids = promoted(*ledger, 2, owner);
    const DeploymentId next = ready(*ledger, owner);
    PointerAnswer rolled;
    PointerAnswer forth;
    race([&] { rolled = must(ledger->rollback(owner)); },
         [&] { forth = must(ledger->promote(owner, next)); });
    if (forth.generation < rolled.generation) {  // the promotion came first, and was undone
      EXPECT_EQ(forth.previous, ids[1]);
      EXPECT_EQ(rolled.previous, next);
      EXPECT_EQ(rolled.active, ids[1]);
      EXPECT_EQ(active_id(*ledger, owner), ids[1]);
    } else {
      EXPECT_EQ(rolled.previous, ids[1]);
      EXPECT_EQ(rolled.active, ids[0]);
      EXPECT_EQ(forth.previous, ids[0]);
      EXPECT_EQ(active_id(*ledger, owner), next);
    }
    EXPECT_EQ(must(ledger->activations(owner)).items.size(), 4u);
  }
}

TEST_P(Races, AStoreThatRacesReadyIsInTheArtifactOrRefused) {
  for (int round = 0; round < rounds() / 4; ++round) {
    const DeploymentId id = create(*ledger);
    must(ledger->store(id, "a", "1"));
    std::optional<Result<StoreReport>> stored;
    std::optional<Result<DeploymentAnswer>> marked;
    race([&] { stored = ledger->store(id, "b", "22"); }, [&] { marked = ledger->mark_ready(id); });
    ASSERT_TRUE(ok(*marked));
    const auto artifact = std::get<StoredArtifact>(*(*marked)->artifact);
    const std::size_t files = must(ledger->list_files(id)).size();
    EXPECT_EQ(artifact.files, files);
    if (*stored) {
      EXPECT_EQ(files, 2u);
      EXPECT_EQ(artifact.bytes, 3u);
      EXPECT_EQ(must(ledger->retrieve(id, "b")), "22");
    } else {
      EXPECT_EQ(failure_of<Sealed>(*stored).id, id);
      EXPECT_EQ(files, 1u);
    }
  }
}

}  // namespace
}  // namespace purser::races_test
