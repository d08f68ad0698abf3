// A write that failed: its outcome is unknown to the whole group, and the handle writes no more.
// And what is decided while another group is written.
#include "committer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "build.h"
#include "deployments.h"
#include "event_log.h"
#include "memory_store.h"
#include "requests.h"
#include "support/test_ledger.h"

namespace purser::committer_test {
namespace {

// A store whose writes fail when told, having written or not.
class FailingStore final : public Store {
 public:
  enum class Failure { none, before_write, after_write };

  std::unique_ptr<RowReader> snapshot() const override { return store_.snapshot(); }
  Status write(const WriteSet& changes) override {
    ++writes;
    last_events.clear();
    for (const auto& [space, key, value, was_put_once] : changes.changes()) {
      if (space == Space::log) last_events.push_back(key);
    }
    if (in_write) in_write();
    if (failure == Failure::before_write) return Io{"sync", "log", "Input/output error"};
    must(store_.write(changes));
    if (failure == Failure::after_write) return Io{"sync", "log", "Input/output error"};
    return {};
  }
  Status drop(Space space, const KeyRange& range) override { return store_.drop(space, range); }
  Status catch_up() override { return {}; }
  Status close() override { return {}; }

  Failure failure = Failure::none;
  std::function<void()> in_write;
  int writes = 0;
  std::vector<std::string> last_events;  // keys of the last write

 private:
  MemoryStore store_;
};

void PrintTo(FailingStore::Failure failure, std::ostream* out) {
  *out << (failure == FailingStore::Failure::before_write ? "before" : "after") << " the write";
}

// A proposal of one step that creates a deployment.
struct Creation {
  explicit Creation(std::uint64_t id, std::optional<std::string> request_id = {}) {
    step.request_id = std::move(request_id);
    step.decide = [id](const View&) -> Result<Decision> {
      Decision decision;
      decision.events.emplace_back(
          Created{DeploymentId{id}, "id-" + std::to_string(id), "demo", {}, {}});
      return decision;
    };
  }
  Proposal proposal(bool dry_run = false) { return {"test", "", dry_run, {&step, 1}}; }
  Step step;
};

class FailedWrite : public testing::TestWithParam<FailingStore::Failure> {
 protected:
  FailedWrite() {
    WriteSet changes;
    put_ledger_id(changes, LedgerId{});
    put_first_builds(changes);
    must(store.write(changes));
    committer = reopened();
  }
  std::unique_ptr<Committer> reopened() {
    CommitHooks hooks;
    hooks.clock = [] { return Timestamp{1}; };
    hooks.before_group = [] { return Status(); };
    hooks.before_write = [this] { return anchored; };
    hooks.on_failure = [this](const Error& error) { told.push_back(error.message()); };
    hooks.after_group = [this](Position durable, const auto&) {
      announced = durable;
      return Status();
    };
    const auto rows = store.snapshot();
    const Published published{builds_in_use(must(read_builds(*rows))),
                              must(purser::log_size(*rows))};
    return std::make_unique<Committer>(
        store, memory, hooks, CommitLimits(), published, Timestamp{0},
        GrowingTree(must(
            compact_range(View{*rows, published.builds, published.position}, published.position))));
  }

  FailingStore store;
  MemoryHeads memory{100};
  std::unique_ptr<Committer> committer;
  Position announced;
  Status anchored;                // what the next write is told
  std::vector<std::string> told;  // of failures
};
INSTANTIATE_TEST_SUITE_P(That, FailedWrite,
                         testing::Values(FailingStore::Failure::before_write,
                                         FailingStore::Failure::after_write),
                         [](const auto& each) {
                           return each.param == FailingStore::Failure::before_write ? "WroteNothing"
                                                                                    : "WroteAll";
                         });

TEST_P(FailedWrite, IsOutcomeUnknownAndPoisonsTheHandle) {
  Creation first(1);
  must(committer->commit(first.proposal()));
  store.failure = GetParam();
  Creation second(2, "k");
  const auto unknown = failure_of<OutcomeUnknown>(committer->commit(second.proposal()));
  EXPECT_EQ(unknown.request_id, "k");
  EXPECT_EQ(unknown.position, Position{2});
  EXPECT_EQ(committer->published().position, Position{1});
  EXPECT_EQ(announced, Position{1});
  EXPECT_EQ(committer->counters().unknown, 1u);
  EXPECT_EQ(committer->counters().groups, 1u);
  EXPECT_EQ(told.size(), 1u);

  store.failure = FailingStore::Failure::none;  // even if the disk has come back
  const int writes = store.writes;
  Creation third(3);
  EXPECT_EQ(failure_of<ReadOnly>(committer->commit(third.proposal())).why,
            ReadOnlyReason::poisoned);
  Creation dry(4);
  EXPECT_EQ(failure_of<ReadOnly>(committer->commit(dry.proposal(true))).why,
            ReadOnlyReason::poisoned);
  const Status task = committer->exclusively([] { return Status(Cancelled{}); });
  EXPECT_EQ(failure_of<ReadOnly>(task).why, ReadOnlyReason::poisoned);
  EXPECT_EQ(store.writes, writes);
}

TEST_P(FailedWrite, RefusedBeforehandIsReadOnlyAndWritesNothing) {
  Creation first(1);
  must(committer->commit(first.proposal()));
  const int writes = store.writes;
  anchored = Io{"sync", "anchor", "it is only a test"};
  for (std::uint64_t id = 2; id < 4; ++id) {
    Creation refused(id);
    EXPECT_EQ(failure_of<ReadOnly>(committer->commit(refused.proposal())).why,
              ReadOnlyReason::poisoned);
    anchored = Status();  // what failed once is not asked again
  }
  EXPECT_EQ(store.writes, writes);
  EXPECT_EQ(committer->published().position, Position{1});
  EXPECT_EQ(told, std::vector<std::string>{"sync 'anchor': it is only a test"});
  EXPECT_TRUE(committer->failure()->is<Io>());
}

TEST_P(FailedWrite, StaysInvisibleInThisHandleAndIsSettledByTheNextOne) {
  store.failure = GetParam();
  Creation creation(1, "k");
  EXPECT_EQ(failure_of<OutcomeUnknown>(committer->commit(creation.proposal())).position,
            Position{1});
  {
    const Published published = committer->published();
    const auto rows = store.snapshot();
    EXPECT_EQ(must(find_request(View{*rows, published.builds, published.position}, "k")),
              std::nullopt);
  }
  store.failure = FailingStore::Failure::none;
  committer = reopened();
  const bool happened = GetParam() == FailingStore::Failure::after_write;
  EXPECT_EQ(committer->published().position, Position{happened ? 1u : 0u});
  bool replayed = false;
  Creation retry(1, "k");
  retry.step.answer = [&](const View&, const Outcome& made) {
    replayed = made.replayed;
    return Status();
  };
  must(committer->commit(retry.proposal()));
  EXPECT_EQ(replayed, happened);
  EXPECT_EQ(committer->published().position, Position{1});
}

// Everyone whose event was in the failed write, and those rejected beside them, hear the same.
TEST_P(FailedWrite, IsUnknownToEveryMemberOfItsGroup) {
  for (int round = 0; round < 50; ++round) {
    store.failure = FailingStore::Failure::none;
    committer = reopened();
    const Position before = committer->published().position;
    // Holds the commit while the others line up behind it.
    std::mutex gate;
    gate.lock();
    std::thread holder([&] {
      must(committer->exclusively([&] {
        const std::lock_guard wait(gate);
        store.failure = GetParam();
        return Status();
      }));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::vector<Status> results(8);
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < results.size(); ++i) {
      callers.emplace_back([&, i] {
        Creation creation(before.value + 100 + i,
                          "r" + std::to_string(before.value) + "-" + std::to_string(i));
        if (i == 3) {
          creation.step.decide = [](const View&) -> Result<Decision> { return Cancelled{}; };
        }
        results[i] = committer->commit(creation.proposal());
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    gate.unlock();
    holder.join();
    for (std::thread& caller : callers) caller.join();

    std::size_t unknown = 0;
    std::vector<Position> positions;
    for (std::size_t i = 0; i < results.size(); ++i) {
      ASSERT_FALSE(results[i].has_value());
      if (const auto* detail = results[i].error().as<OutcomeUnknown>()) {
        ++unknown;
        if (i != 3) {
          positions.push_back(detail->position);
        } else {
          EXPECT_EQ(detail->position, Position{0});  // it has no event
        }
      } else {
        EXPECT_EQ(failure_of<ReadOnly>(results[i]).why, ReadOnlyReason::poisoned);
      }
    }
    std::sort(positions.begin(), positions.end());
    ASSERT_EQ(positions.size(), store.last_events.size());
    for (std::size_t i = 0; i < positions.size(); ++i) {
      EXPECT_EQ(positions[i], Position{before.value + 1 + i});
    }
    EXPECT_EQ(committer->published().position, before);
    if (unknown == results.size()) return;  // the whole queue was one group
  }
  FAIL() << "never were all callers in one group";
}

// --- A group that is decided while the one before is written -------------------------------------

// Holds the first write until a second command has been decided, and does not outlast either.
class DecidedBesideAWrite : public FailedWrite {
 protected:
  DecidedBesideAWrite() {
    store.in_write = [this] {
      if (store.writes == 2) write_began.set_value();  // the first was the fixture's
      if (store.writes == 2) decided.get_future().wait();
    };
    second.step.request_id = "second";
    second.step.decide = [this](const View& view) -> Result<Decision> {
      seen_at = view.at;
      seen_in_heads = must(view.heads->deployment(DeploymentId{1})) != nullptr;
      seen_in_rows = must(find_deployment(View{view.rows, view.builds, view.at}, {1})) != nullptr;
      seen_last = must(view.heads->last_deployment());
      visible = committer->published().position;
      decided.set_value();
      return Creation(2).step.decide(view);
    };
  }
  void commit_both() {
    std::thread caller([&] { first_result = committer->commit(first.proposal()); });
    write_began.get_future().wait();
    second_result = committer->commit(second.proposal());
    caller.join();
  }

  Creation first{1};
  Creation second{2};
  Status first_result;
  Status second_result;
  std::promise<void> write_began;
  std::promise<void> decided;
  Position seen_at;
  bool seen_in_heads = false;
  bool seen_in_rows = false;
  DeploymentId seen_last;
  Position visible{99};
};
INSTANTIATE_TEST_SUITE_P(That, DecidedBesideAWrite,
                         testing::Values(FailingStore::Failure::before_write,
                                         FailingStore::Failure::after_write),
                         [](const auto& each) {
                           return each.param == FailingStore::Failure::before_write ? "WroteNothing"
                                                                                    : "WroteAll";
                         });

TEST_P(DecidedBesideAWrite, SeesWhatThatGroupDecidedBeforeAnyoneElseDoes) {
  commit_both();
  EXPECT_TRUE(ok(first_result));
  EXPECT_TRUE(ok(second_result));
  EXPECT_EQ(seen_at, Position{1});
  EXPECT_TRUE(seen_in_heads);
  EXPECT_TRUE(seen_in_rows);
  EXPECT_EQ(seen_last, DeploymentId{1});
  EXPECT_EQ(visible, Position{0});
  EXPECT_EQ(committer->published().position, Position{2});
  EXPECT_EQ(announced, Position{2});
  EXPECT_EQ(store.writes, 3);
}

TEST_P(DecidedBesideAWrite, IsRefusedWithoutATraceWhenThatWriteFails) {
  store.failure = GetParam();
  commit_both();
  EXPECT_EQ(failure_of<OutcomeUnknown>(first_result).position, Position{1});
  EXPECT_EQ(failure_of<ReadOnly>(second_result).why, ReadOnlyReason::poisoned);
  EXPECT_EQ(seen_at, Position{1});
  EXPECT_EQ(store.writes, 2);
  EXPECT_EQ(committer->published().position, Position{0});

  store.failure = FailingStore::Failure::none;
  committer = reopened();
  const Published published = committer->published();
  EXPECT_EQ(published.position,
            Position{GetParam() == FailingStore::Failure::after_write ? 1u : 0u});
  const auto rows = store.snapshot();
  EXPECT_EQ(must(find_request(View{*rows, published.builds, published.position}, "second")),
            std::nullopt);
}

TEST_P(DecidedBesideAWrite, IsNoTask) {
  std::atomic<bool> wrote = false;
  store.in_write = [&] {
    write_began.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    wrote = true;
  };
  std::thread caller([&] { first_result = committer->commit(first.proposal()); });
  write_began.get_future().wait();
  EXPECT_TRUE(ok(committer->exclusively([&]() -> Status {
    EXPECT_TRUE(wrote);
    EXPECT_EQ(committer->published().position, Position{1});
    return {};
  })));
  caller.join();
}

TEST_P(DecidedBesideAWrite, IsNothingBesideATask) {
  std::promise<void> task_began;
  std::atomic<bool> ended = false;
  std::thread caller([&] {
    EXPECT_TRUE(ok(committer->exclusively([&]() -> Status {
      task_began.set_value();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ended = true;
      return {};
    })));
  });
  task_began.get_future().wait();
  store.in_write = nullptr;
  Creation third(3);
  third.step.decide = [&](const View& view) -> Result<Decision> {
    EXPECT_TRUE(ended);
    return Creation(3).step.decide(view);
  };
  EXPECT_TRUE(ok(committer->commit(third.proposal())));
  caller.join();
}

}  // namespace
}  // namespace purser::committer_test
