// Groups: what a group of many writes is what groups of one write, and whatever fails, every caller
// hears what the log says.
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "build.h"
#include "event_log.h"
#include "impl.h"
#include "memory_chunk_store.h"
#include "memory_store.h"
#include "support/rows.h"
#include "support/scale.h"
#include "support/test_ledger.h"
#include "system.h"

namespace purser::group_commit_test {
namespace {

// --- One by one, or many in flight ---------------------------------------------------------------

// A command and how it was asked for.
struct Asked {
  Command command;
  Context context;
};

// Commands of all kinds on few owners, many of which are refused.
std::vector<Asked> random_commands(unsigned seed, int count) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  std::vector<Asked> asked;
  std::uint64_t created = 0;
  for (int i = 0; i < count; ++i) {
    const std::string owner(1, static_cast<char>('a' + below(3)));
    const DeploymentId id{1 + below(static_cast<unsigned>(created) + 2)};
    const auto expect = below(4) == 0 ? std::optional(Generation{below(20)}) : std::nullopt;
    Asked one;
    if (below(5) == 0) one.context.request_id = "r" + std::to_string(below(30));
    one.context.dry_run = below(12) == 0;
    switch (below(12)) {
      case 0:
      case 1: one.command = Create{owner, {}}; break;
      case 2:
      case 3: one.command = MarkReadyExternal{id, "s3://x", 1}; break;
      case 4: one.command = below(3) == 0 ? Command(MarkBad{id}) : Command(UnmarkBad{id}); break;
      case 5: one.command = DeleteArtifact{id, {below(2)}}; break;
      case 6: one.command = Rollback{owner, {"live", 1 + below(2), expect, below(3) == 0}}; break;
      case 7: one.command = RollbackTo{owner, id, {"live", expect, false, below(3) == 0}}; break;
      case 8: one.command = Clear{owner, {"live", expect}}; break;
      case 9: one.command = MarkReady{id, {true}}; break;
      default: one.command = Promote{owner, id, {"live", expect, below(3) == 0, false}}; break;
    }
    if (std::holds_alternative<Create>(one.command)) ++created;
    asked.push_back(std::move(one));
  }
  return asked;
}

std::string told(const Result<Answer>& answer) {
  if (!answer) return std::string(answer.error().name()) + ": " + answer.error().message();
  if (const auto* pointer = std::get_if<PointerAnswer>(&*answer)) {
    return "pointer " + std::to_string(pointer->generation.value) + " at " +
           std::to_string(pointer->receipt.position.value_or(Position{0}).value) +
           (pointer->receipt.replayed ? " replayed" : "");
  }
  const auto& deployment = std::get<DeploymentAnswer>(*answer);
  return "deployment " + std::to_string(deployment.id.value) + " " + deployment.identifier + " " +
         std::string(to_string(deployment.status)) + " at " +
         std::to_string(deployment.receipt.position.value_or(Position{0}).value) +
         (deployment.receipt.replayed ? " replayed" : "");
}

// Everything that is drawn is drawn in the order of the commands.
Options repeatable(FakeClock& clock, std::size_t group_commands_max) {
  Options options = clock.options();
  options.group_commands_max = group_commands_max;
  auto bytes = std::make_shared<std::mt19937>(1);
  options.random = [bytes](void* data, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      static_cast<unsigned char*>(data)[i] = static_cast<unsigned char>((*bytes)());
    }
  };
  return options;
}

class Groups : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(OfAtMost, Groups, testing::Values(2, 7, 256));

TEST_P(Groups, OfManyWriteTheSameRowsAndAnswersAsGroupsOfOne) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    const std::vector<Asked> commands = random_commands(seed, scaled(600));
    FakeClock clock;
    TestLedger one(Where::disk, repeatable(clock, 1));
    std::vector<std::string> told_one;
    for (const Asked& asked : commands) {
      told_one.push_back(told(one->submit(asked.command, asked.context).get()));
    }
    TestLedger many(Where::disk, repeatable(clock, GetParam()));
    std::vector<std::future<Result<Answer>>> answers;
    for (const Asked& asked : commands) {
      answers.push_back(many->submit(asked.command, asked.context));
    }
    std::vector<std::string> told_many;
    for (auto& answer : answers) told_many.push_back(told(answer.get()));
    EXPECT_LT(must(many->stats()).groups, must(one->stats()).groups);
    ASSERT_EQ(told_many, told_one) << "seed " << seed;
    one.close();
    many.close();
    EXPECT_TRUE(rows_but_of_chunks(many.directory()) == rows_but_of_chunks(one.directory()))
        << "seed " << seed;
  }
}

// --- Failures ------------------------------------------------------------------------------------

// A store over rows that outlive it; one write of its life fails, having written or not.
class MortalStore final : public Store {
 public:
  MortalStore(MemoryStore& rows, int writes, bool writes_the_last)
      : rows_(rows), left_(writes), writes_the_last_(writes_the_last) {}
  std::unique_ptr<RowReader> snapshot() const override { return rows_.snapshot(); }
  Status write(const WriteSet& changes) override {
    const bool last = --left_ == 0;
    if (!last || writes_the_last_) must(rows_.write(changes));
    if (last) return Io{"sync", "log", "Input/output error"};
    return {};
  }
  Status drop(Space space, const KeyRange& range) override { return rows_.drop(space, range); }
  Status catch_up() override { return {}; }
  Status close() override { return {}; }

 private:
  MemoryStore& rows_;
  int left_;
  const bool writes_the_last_;
};

std::unique_ptr<Ledger::Impl> ledger_over(std::unique_ptr<Store> store) {
  static const Options kOptions = [] {
    Options options;
    options.clock = [] { return Timestamp{1}; };
    options.random = [](void* data, std::size_t size) {
      static std::atomic<unsigned char> next = 0;
      for (std::size_t i = 0; i < size; ++i) static_cast<unsigned char*>(data)[i] = next++;
    };
    return with_system(options);
  }();
  return must(Ledger::Impl::over(std::move(store), std::make_unique<MemoryChunkStore>(), kOptions));
}

constexpr std::size_t kOwners = 4;
constexpr std::size_t kThreads = 64;

std::string owner_of(std::uint64_t deployment) {
  return "o" + std::to_string(deployment % kOwners);
}

// What one caller was told of one promotion.
struct Heard {
  std::string request_id;
  std::string owner;
  DeploymentId id;
  Result<PointerAnswer> answer;
};

// Promotes at random, sometimes what cannot be promoted.
std::vector<Heard> promote_at_random(Ledger::Impl& ledger, const std::string& name, unsigned seed,
                                     std::uint64_t deployments, int count) {
  std::mt19937 random(seed);
  std::vector<Heard> heard;
  for (int i = 0; i < count; ++i) {
    const DeploymentId id{1 + random() % (deployments + 2)};
    const std::string owner = owner_of(random() % 6 == 0 ? id.value + 1 : id.value);
    PromoteOptions options;
    if (random() % 6 == 0) options.expect = Generation{random() % 50};
    const std::string request_id = name + "-" + std::to_string(i);
    heard.push_back({request_id, owner, id,
                     ledger.run<PointerAnswer>(Promote{owner, id, options},
                                               Context{"t", "", request_id, false})});
  }
  return heard;
}

// Holds what callers heard against the log.
void expect_told_the_truth(const std::vector<Heard>& heard, const std::vector<Event>& log) {
  std::map<std::string, const Event*> written;
  for (const Event& event : log) {
    if (!event.header.request_id) continue;
    EXPECT_TRUE(written.emplace(*event.header.request_id, &event).second);
  }
  std::size_t matched = 0;
  for (const Heard& one : heard) {
    const auto found = written.find(one.request_id);
    const Event* event = found == written.end() ? nullptr : found->second;
    matched += event != nullptr ? 1 : 0;
    if (one.answer) {
      ASSERT_NE(event, nullptr) << one.request_id << " was acknowledged and is lost";
      EXPECT_EQ(one.answer->receipt.position, event->position);
      if (const auto* moved = std::get_if<Activated>(&event->payload)) {
        EXPECT_EQ(moved->owner_key, one.owner);
        EXPECT_EQ(moved->deployment, one.id);
        EXPECT_EQ(moved->generation, one.answer->generation);
        EXPECT_EQ(moved->previous, one.answer->previous);
      } else {
        EXPECT_TRUE(one.answer->receipt.unchanged);
      }
    } else if (const auto* unknown = one.answer.error().as<OutcomeUnknown>()) {
      EXPECT_EQ(unknown->request_id, one.request_id);
      if (event != nullptr) {
        EXPECT_EQ(unknown->position, event->position);
      }
    } else {
      EXPECT_EQ(event, nullptr) << one.request_id << ": " << one.answer.error().message();
    }
  }
  EXPECT_EQ(matched, written.size()) << "an event that nobody asked for";
}

// Positions without gaps, and every pointer's generations in order.
void expect_gap_free(const std::vector<Event>& log) {
  std::map<std::string, std::uint64_t> generations;
  std::map<std::string, std::optional<DeploymentId>> active;
  for (std::size_t i = 0; i < log.size(); ++i) {
    ASSERT_EQ(log[i].position.value, i + 1);
    ASSERT_TRUE(i == 0 || log[i].time > log[i - 1].time);
    if (const auto* moved = std::get_if<Activated>(&log[i].payload)) {
      ASSERT_EQ(moved->generation.value, ++generations[moved->owner_key]);
      ASSERT_EQ(moved->previous, active[moved->owner_key]);
      active[moved->owner_key] = moved->deployment;
    }
  }
}

TEST(GroupCommit, SixtyFourThreadsHearTheTruthWhateverIsRefusedAndWhicheverWriteFails) {
  MemoryStore rows;
  WriteSet first;
  put_ledger_id(first, LedgerId{});
  put_first_builds(first);
  must(rows.write(first));
  const std::uint64_t deployments = 4 * kOwners;
  {
    const auto ledger = ledger_over(std::make_unique<MortalStore>(rows, 0, false));
    for (std::uint64_t id = 1; id <= deployments; ++id) {
      must(ledger->run<DeploymentAnswer>(Create{owner_of(id), {}}, {}));
      must(ledger->run<DeploymentAnswer>(MarkReadyExternal{DeploymentId{id}, "x", 1}, {}));
    }
  }
  std::mt19937 random(7);
  std::vector<Heard> heard;
  std::size_t unknown = 0;
  for (int life = 0; life < scaled(40); ++life) {
    const int writes = 1 + static_cast<int>(random() % 30);
    const auto ledger = ledger_over(std::make_unique<MortalStore>(rows, writes, random() % 2 == 0));
    std::barrier start(static_cast<std::ptrdiff_t>(kThreads));
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t, seed = random()] {
        const std::string name = std::to_string(life) + "-" + std::to_string(t);
        start.arrive_and_wait();
        auto mine = promote_at_random(*ledger, name, static_cast<unsigned>(seed), deployments, 8);
        const std::lock_guard lock(mutex);
        std::move(mine.begin(), mine.end(), std::back_inserter(heard));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (const Heard& one : heard) {
    unknown += !one.answer && one.answer.error().is<OutcomeUnknown>() ? 1 : 0;
  }
  EXPECT_GT(unknown, 0u);
  const auto snapshot = rows.snapshot();
  std::vector<Event> log;
  must(scan_events(*snapshot, Position{1}, must(purser::log_size(*snapshot)), Direction::ascending,
                   [&](const Event& event) -> Result<bool> {
                     log.push_back(event);
                     return true;
                   }));
  EXPECT_GT(log.size(), 100u);
  expect_gap_free(log);
  expect_told_the_truth(heard, log);
}

}  // namespace
}  // namespace purser::group_commit_test
