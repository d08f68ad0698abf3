// Commands in flight: ordered by submitting thread, answered once each, bounded, and finished
// before the ledger closes.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "support/scale.h"
#include "support/test_ledger.h"

namespace purser::submit_test {
namespace {

class Submit : public BothLedgers {
 protected:
  [[nodiscard]] int count() const { return scaled(ledger.on_disk() ? 1000 : 4000); }

  // Each expects the generation that the one before it makes.
  std::vector<std::future<Result<Answer>>> submit_chain(const std::string& owner, int count) {
    const DeploymentId ids[] = {ready(*ledger, owner), ready(*ledger, owner)};
    std::vector<std::future<Result<Answer>>> answers;
    for (int i = 0; i < count; ++i) {
      PromoteOptions options;
      options.expect = Generation{static_cast<std::uint64_t>(i)};
      answers.push_back(ledger->submit(Promote{owner, ids[i % 2], options}));
    }
    return answers;
  }
};
PURSER_ON_BOTH_LEDGERS(Submit);

TEST_P(Submit, AnswersLikeTheMemberFunction) {
  const auto created = must(ledger->submit(Create{"demo", {"v1", {{"k", "v"}}}}).get());
  const auto& deployment = std::get<DeploymentAnswer>(created);
  EXPECT_EQ(static_cast<const Deployment&>(deployment), must(ledger->get(deployment.id)));
  EXPECT_EQ(deployment.receipt.position, Position{1});
  must(ledger->store(deployment.id, "a", "1"));
  must(ledger->submit(MarkReady{deployment.id, {}}).get());
  const auto promoted =
      must(ledger->submit(Promote{"demo", deployment.id, {}}, {"kim", "why", std::nullopt, false})
               .get());
  EXPECT_EQ(std::get<PointerAnswer>(promoted).active, deployment.id);
  EXPECT_EQ(last_event(*ledger).header.actor, "kim");
  EXPECT_EQ(must(ledger->retrieve(deployment.id, "a")), "1");
  const auto again = ledger->submit(MarkFailed{deployment.id, "c", "m"}).get();
  EXPECT_EQ(failure_of<NotBuilding>(again).id, deployment.id);
}

TEST_P(Submit, KeepsTheOrderOfTheSubmittingThread) {
  for (auto& answer : submit_chain("demo", count())) EXPECT_TRUE(ok(answer.get()));
  EXPECT_EQ(must(ledger->pointer("demo")).generation.value, static_cast<std::uint64_t>(count()));
}

TEST_P(Submit, ACommandThatWaitsComesAfterThoseSubmittedBefore) {
  auto answers = submit_chain("demo", count() / 4);
  PromoteOptions options;
  options.expect = Generation{answers.size()};
  EXPECT_TRUE(ok(ledger->promote("demo", ready(*ledger), options)));
  for (auto& answer : answers) EXPECT_TRUE(ok(answer.get()));
}

TEST_P(Submit, KeepsTheOrderOfEachOfManyThreadsBesideCallersThatWait) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      const std::string owner = "o" + std::to_string(t);
      if (t % 2 == 0) {
        for (auto& answer : submit_chain(owner, count() / 8)) EXPECT_TRUE(ok(answer.get()));
      } else {
        const DeploymentId ids[] = {ready(*ledger, owner), ready(*ledger, owner)};
        for (int i = 0; i < count() / 8; ++i) must(ledger->promote(owner, ids[i % 2]));
      }
      EXPECT_EQ(must(ledger->pointer(owner)).generation.value,
                static_cast<std::uint64_t>(count() / 8));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(Submit, CompletionsRunOneAtATimeOnThreadsOfTheLedgersOwnAndMaySubmitMore) {
  const DeploymentId ids[] = {ready(*ledger), ready(*ledger)};
  std::mutex mutex;
  std::condition_variable finished;
  int left = count() / 4;
  int chains = 3;
  std::set<std::thread::id> threads;
  std::atomic<int> inside = 0;
  std::function<void(Result<Answer>)> next = [&](const Result<Answer>& answer) {
    EXPECT_EQ(++inside, 1);
    EXPECT_TRUE(ok(answer));
    std::this_thread::yield();  // lets another one in, if that is possible
    --inside;
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    if (--left > 0) {
      ledger->submit(Promote{"demo", ids[left % 2], {}}, {}, next);
    } else if (--chains == 0) {
      finished.notify_one();
    }
  };
  for (int i = chains; i > 0; --i) ledger->submit(Promote{"demo", ids[0], {}}, {}, next);
  // Callers that lead groups meanwhile do not run the completions of others.
  for (int i = 0; i < 20; ++i) create(*ledger, "other");
  std::unique_lock lock(mutex);
  finished.wait(lock, [&] { return chains == 0; });
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST_P(Submit, WhatIsRefusedBeforeItGetsInLineIsToldAtOnce) {
  bool called = false;
  ledger->submit(Create{"", {}}, {}, [&](const Result<Answer>& answer) {
    called = true;
    EXPECT_EQ(failure_of<InvalidArgument>(answer).what, "owner");
  });
  EXPECT_TRUE(called);
  EXPECT_EQ(failure_of<LimitExceeded>(
                ledger->submit(Create{"demo", {}}, {std::string(300, 'a'), "", std::nullopt, false})
                    .get())
                .what,
            "actor");
}

TEST_P(Submit, ADryRunWritesNothing) {
  EXPECT_TRUE(ok(ledger->submit(Create{"demo", {}}, dry_run()).get()));
  EXPECT_EQ(log_size(*ledger), Position{0});
}

TEST(SubmitOnDisk, CloseFinishesWhatIsInFlightAndRefusesWhatComesLater) {
  TestLedger ledger(Where::disk);
  std::atomic<int> done = 0;
  const int count = scaled(2000);
  for (int i = 0; i < count; ++i) {
    ledger->submit(Create{"demo", {}}, {}, [&](const Result<Answer>& answer) {
      EXPECT_TRUE(ok(answer));
      ++done;
    });
  }
  must(ledger->close());
  EXPECT_EQ(done, count);
  EXPECT_EQ(failure_of<ReadOnly>(ledger->submit(Create{"demo", {}}).get()).why,
            ReadOnlyReason::closed);
  ledger.drop();
  ledger.open();
  EXPECT_EQ(log_size(*ledger).value, static_cast<std::uint64_t>(count));
}

TEST(SubmitOnDisk, DestroyingTheHandleFinishesWhatIsInFlight) {
  TestLedger ledger(Where::disk);
  std::vector<std::future<Result<Answer>>> answers;
  for (int i = 0; i < 100; ++i) answers.push_back(ledger->submit(Create{"demo", {}}));
  ledger.drop();
  for (auto& answer : answers) EXPECT_TRUE(ok(answer.get()));
}

TEST(SubmitOnDisk, NoMoreAreInFlightThanTheOptionAllows) {
  Options options;
  options.in_flight_max = 4;
  TestLedger ledger(Where::disk, options);
  std::atomic<int> finished = 0;
  for (int submitted = 1; submitted <= scaled(400); ++submitted) {
    ledger->submit(Create{"demo", {}}, {}, [&](const Result<Answer>&) { ++finished; });
    // One that has been told may still be counted, never the other way round.
    EXPECT_LE(submitted - finished, 4);
  }
  must(ledger->close());
}

TEST(SubmitOnDisk, AReaderAndAForkedChildAreRefused) {
  TestLedger ledger(Where::disk);
  must(ledger->submit(Create{"demo", {}}).get());
  Options options;
  options.read_only = true;
  Ledger reader = must(Ledger::open(ledger.directory(), options));
  EXPECT_EQ(failure_of<ReadOnly>(reader.submit(Create{"demo", {}}).get()).why,
            ReadOnlyReason::opened_read_only);
  const pid_t child = fork();
  if (child == 0) {
    const auto answer = ledger->submit(Create{"demo", {}}).get();
    const auto* refusal = answer ? nullptr : answer.error().as<ReadOnly>();
    const bool right =
        refusal != nullptr && refusal->why == ReadOnlyReason::forked && ledger->close().has_value();
    ledger.drop();  // must not wait for threads that the child does not have
    _exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(ok(ledger->submit(Create{"demo", {}}).get()));
}

}  // namespace
}  // namespace purser::submit_test
