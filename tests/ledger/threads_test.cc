// Many callers at once: the order of the events explains every answer.
#include <gtest/gtest.h>

#include <barrier>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "ledger/compare.h"
#include "ledger/model.h"
#include "support/scale.h"
#include "support/test_ledger.h"

namespace purser::threads_test {
namespace {

constexpr std::size_t kThreads = 8;

class Threads : public BothLedgers {
 protected:
  [[nodiscard]] int steps() const { return scaled(ledger.on_disk() ? 60 : 400); }
  // Runs `work(thread)` on all threads.
  template <class Work>
  static void together(Work work) {
    std::barrier start(static_cast<std::ptrdiff_t>(kThreads));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        work(i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};
PURSER_ON_BOTH_LEDGERS(Threads);

// What callers were told, to be held against the log.
struct Told {
  std::mutex mutex;
  std::vector<PointerAnswer> moves;
  std::vector<DeploymentAnswer> changes;
  std::uint64_t refused = 0;
  std::uint64_t unchanged = 0;

  void hear(const Result<PointerAnswer>& answer) {
    const std::lock_guard lock(mutex);
    if (!answer) {
      EXPECT_TRUE(answer.error().is<NoPreviousDeployment>()) << answer.error().message();
      ++refused;
    } else if (answer->receipt.unchanged) {
      ++unchanged;
    } else {
      moves.push_back(*answer);
    }
  }
  void hear(const Result<DeploymentAnswer>& answer) {
    const std::lock_guard lock(mutex);
    changes.push_back(must(answer));
  }
};

// Gives the command behind each event to a model: it must decide the same event.
Model replayed(const std::vector<Event>& log) {
  Model model;
  for (const Event& event : log) {
    model.wall = event.time;
    Context context;
    context.actor = event.header.actor;
    if (const auto* created = std::get_if<Created>(&event.payload)) {
      must(model.create(created->owner_key, {}, context, created->identifier));
    } else if (const auto* ready = std::get_if<Ready>(&event.payload)) {
      const auto& artifact = std::get<ExternalArtifact>(ready->artifact);
      must(model.mark_ready_external(ready->id, artifact.location, artifact.bytes, context));
    } else if (const auto* moved = std::get_if<Activated>(&event.payload)) {
      if (moved->cause == Cause::promote) {
        must(model.promote(moved->owner_key, *moved->deployment, {}, context));
      } else if (moved->cause == Cause::rollback) {
        must(model.rollback(moved->owner_key, {}, context));
      } else {
        must(model.clear(moved->owner_key, {}, context));
      }
    }
    EXPECT_TRUE(!model.log().empty() && alike(event, model.log().back()))
        << "event " << event.position.value << ", a " << to_string(event.kind());
  }
  return model;
}

TEST_P(Threads, EveryAnswerIsExplainedByTheOrderOfTheEvents) {
  const std::vector<std::string> owners{"a", "b", "c"};
  for (const std::string& owner : owners) promoted(*ledger, 2, owner);
  const std::uint64_t before = log_size(*ledger).value;
  Told told;
  together([&](std::size_t thread) {
    std::mt19937 random(static_cast<unsigned>(thread));
    std::map<std::string, std::vector<DeploymentId>> mine;
    for (int step = 0; step < steps(); ++step) {
      const std::string& owner = owners[random() % owners.size()];
      const unsigned which = random() % 10;
      if (mine[owner].empty() || which < 2) {
        const auto created = ledger->create(owner);
        told.hear(created);
        told.hear(ledger->mark_ready_external(created->id, "s3://x", 1));
        mine[owner].push_back(created->id);
      } else if (which < 6) {
        told.hear(ledger->promote(owner, mine[owner][random() % mine[owner].size()]));
      } else if (which < 9) {
        told.hear(ledger->rollback(owner));
      } else {
        told.hear(ledger->clear(owner));
      }
    }
  });

  const std::vector<Event> log = all_events(*ledger);
  EXPECT_EQ(log.size(), before + told.moves.size() + told.changes.size());
  for (std::size_t i = 0; i < log.size(); ++i) {
    ASSERT_EQ(log[i].position.value, i + 1);
    ASSERT_GT(log[i].time, i > 0 ? log[i - 1].time : Timestamp{});
  }
  std::set<Position> claimed;
  for (const PointerAnswer& answer : told.moves) {
    const Position position = answer.receipt.position.value();
    EXPECT_TRUE(claimed.insert(position).second) << "two were told " << position.value;
    const auto& moved = std::get<Activated>(log.at(position.value - 1).payload);
    EXPECT_EQ(answer.owner_key, moved.owner_key);
    EXPECT_EQ(answer.generation, moved.generation);
    EXPECT_EQ(answer.active, moved.deployment);
    EXPECT_EQ(answer.previous, moved.previous);
    EXPECT_EQ(answer.skipped, moved.skipped);
  }
  for (const DeploymentAnswer& answer : told.changes) {
    const Position position = answer.receipt.position.value();
    EXPECT_TRUE(claimed.insert(position).second) << "two were told " << position.value;
    const Event& event = log.at(position.value - 1);
    if (answer.status == DeploymentStatus::building) {
      EXPECT_EQ(std::get<Created>(event.payload).id, answer.id);
      EXPECT_EQ(answer.created_at, event.time);
    } else {
      EXPECT_EQ(std::get<Ready>(event.payload).id, answer.id);
      EXPECT_EQ(answer.terminated_at, event.time);
    }
  }
  expect_same(*ledger, replayed(log));
  const Stats stats = must(ledger->stats());
  EXPECT_EQ(stats.rejected, told.refused);
  EXPECT_EQ(stats.commands, log.size() + told.refused + told.unchanged);
  EXPECT_LE(stats.groups, log.size());
}

TEST_P(Threads, ExactlyOneOfThoseWhoExpectTheSameGenerationWins) {
  std::vector<DeploymentId> ids;
  for (std::size_t i = 0; i < kThreads; ++i) ids.push_back(ready(*ledger));
  std::optional<DeploymentId> before;
  for (int round = 0; round < steps() / 4; ++round) {
    PromoteOptions options;
    options.expect = must(ledger->pointer("demo")).generation;
    std::vector<std::optional<Result<PointerAnswer>>> answers(kThreads);
    together([&](std::size_t thread) {
      answers[thread] = ledger->promote("demo", ids[thread], options);
    });
    std::size_t winners = 0;
    for (std::size_t i = 0; i < kThreads; ++i) {
      const Result<PointerAnswer>& answer = *answers[i];
      if (!answer) {
        const auto refusal = failure_of<Conflict>(answer);
        EXPECT_EQ(refusal.expected, *options.expect);
        EXPECT_EQ(refusal.actual, Generation{options.expect->value + 1});
      } else if (answer->receipt.unchanged) {  // it was active, and was asked before the winner
        EXPECT_EQ(ids[i], before);
      } else {
        ++winners;
        EXPECT_EQ(answer->previous, before);
        EXPECT_EQ(active_id(*ledger), ids[i]);
      }
    }
    ASSERT_EQ(winners, 1u) << "round " << round;
    before = active_id(*ledger);
  }
}

TEST_P(Threads, AFailingCommandCostsItsNeighboursNothing) {
  const int each = steps() / 2;
  together([&](std::size_t thread) {
    for (int i = 0; i < each; ++i) {
      if (thread % 2 == 0) {
        const std::string owner = "owner" + std::to_string(thread);
        const DeploymentAnswer created = must(ledger->create(owner));
        EXPECT_EQ(created.owner_key, owner);
      } else {
        EXPECT_EQ(failure_of<NotFound>(ledger->mark_bad(DeploymentId{1'000'000})).id,
                  DeploymentId{1'000'000});
      }
    }
  });
  const auto created = static_cast<std::uint64_t>(each) * kThreads / 2;
  const Stats stats = must(ledger->stats());
  EXPECT_EQ(stats.log_size.value, created);
  EXPECT_EQ(stats.last_deployment.value, created);
  EXPECT_EQ(stats.rejected, created);
  const auto log = all_events(*ledger);
  for (std::size_t i = 0; i < log.size(); ++i) {
    EXPECT_EQ(std::get<Created>(log[i].payload).id.value, i + 1);
  }
}

TEST_P(Threads, OneRequestIdFromManyCallersIsOneCommand) {
  for (int round = 0; round < steps() / 10; ++round) {
    const std::string request = "r" + std::to_string(round);
    std::vector<std::optional<DeploymentAnswer>> answers(kThreads);
    together([&](std::size_t thread) {
      answers[thread] = must(ledger->create("demo", {}, as_request(request)));
    });
    const auto replays = std::count_if(answers.begin(), answers.end(),
                                       [](const auto& answer) { return answer->receipt.replayed; });
    EXPECT_EQ(replays, static_cast<std::ptrdiff_t>(kThreads) - 1);
    for (const auto& answer : answers) EXPECT_EQ(answer->identifier, answers[0]->identifier);
    EXPECT_EQ(log_size(*ledger).value, static_cast<std::uint64_t>(round) + 1);
  }
}

TEST_P(Threads, QueriesBesideWritersSeeOneMomentOfTheLog) {
  const auto ids = promoted(*ledger, 2);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < steps(); ++i) must(ledger->promote("demo", ids[i % 2 == 0 ? 0 : 1]));
    done = true;
  });
  Generation last;
  while (!done) {
    const Pointer pointer = must(ledger->pointer("demo"));
    EXPECT_GE(pointer.generation, last);
    last = pointer.generation;
    EXPECT_EQ(pointer.active, ids[pointer.generation.value % 2 == 0 ? 1 : 0]);
    EXPECT_EQ(pointer.previous, ids[pointer.generation.value % 2 == 0 ? 0 : 1]);
    const auto moves = must(ledger->activations("demo")).items;
    for (std::size_t i = 1; i < moves.size(); ++i) {
      EXPECT_EQ(moves[i].moved.generation.value + 1, moves[i - 1].moved.generation.value);
    }
  }
  writer.join();
}

TEST_P(Threads, RebuildBesideWritersAndReadersLosesNothing) {
  const auto ids = promoted(*ledger, 2);
  std::atomic<bool> done{false};
  std::thread rebuilder([&] {
    while (!done) must(ledger->rebuild());
  });
  std::thread reader([&] {
    while (!done) EXPECT_EQ(must(ledger->get(ids[0])).id, ids[0]);
  });
  for (int i = 0; i < steps() / 2; ++i) {
    const PointerAnswer answer = must(ledger->promote("demo", ids[i % 2 == 0 ? 0 : 1]));
    EXPECT_EQ(answer.generation.value, static_cast<std::uint64_t>(i) + 3);
  }
  done = true;
  rebuilder.join();
  reader.join();
  expect_same(*ledger, replayed(all_events(*ledger)));
}

}  // namespace
}  // namespace purser::threads_test
