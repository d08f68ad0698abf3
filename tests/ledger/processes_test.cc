// Two processes and one ledger: readers beside a writer, and writers that are killed.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "ledger/writer.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"
#include "writer_lock.h"

namespace purser::processes_test {
namespace {

void expect_in_log(const std::vector<Event>& log, const std::vector<Acknowledged>& acknowledged) {
  for (const Acknowledged& each : acknowledged) {
    ASSERT_LE(each.position.value, log.size()) << "an acknowledged event is lost";
    const Event& event = log[each.position.value - 1];
    EXPECT_EQ(to_string(event.kind()), each.kind);
    const auto* moved = std::get_if<Activated>(&event.payload);
    const auto* created = std::get_if<Created>(&event.payload);
    EXPECT_EQ(moved != nullptr ? moved->deployment : each.id, each.id);
    EXPECT_EQ(created != nullptr ? created->id : each.id, each.id);
  }
}

// What the reader shows is exactly what its events say.
void expect_consistent(const Ledger& reader) {
  const std::vector<Event> log = all_events(reader);
  const Stats stats = must(reader.stats());
  ASSERT_EQ(log.size(), stats.log_size.value);
  std::uint64_t deployments = 0;
  for (const std::string owner : {"a", "b"}) {
    std::vector<Activation> moves;
    std::uint64_t theirs = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
      ASSERT_EQ(log[i].position.value, i + 1);
      const auto* created = std::get_if<Created>(&log[i].payload);
      if (created != nullptr && created->owner_key == owner) ++theirs;
      const auto* moved = std::get_if<Activated>(&log[i].payload);
      if (moved == nullptr || moved->owner_key != owner) continue;
      moves.push_back({log[i].position, log[i].time, log[i].header.actor, "", *moved});
    }
    deployments += theirs;
    const Pointer pointer = must(reader.pointer(owner));
    ASSERT_EQ(pointer.generation.value, moves.size());
    if (!moves.empty()) {
      EXPECT_EQ(pointer.active, moves.back().moved.deployment);
      EXPECT_EQ(pointer.position, moves.back().position);
      EXPECT_EQ(must(reader.active(owner))->status, DeploymentStatus::ready);
      PageRequest newest;
      newest.limit = 1;
      EXPECT_EQ(must(reader.activations(owner, "live", newest)).items.at(0), moves.back());
    }
    DeploymentFilter all;
    std::uint64_t listed = 0;
    PageRequest page;
    page.limit = 1000;
    do {
      const auto answer = must(reader.list(owner, all, page));
      listed += answer.items.size();
      page.after = answer.next;
    } while (page.after);
    EXPECT_EQ(listed, theirs);
  }
  EXPECT_EQ(stats.last_deployment.value, deployments);
}

TEST(Processes, AReaderBesideABusyWriterSeesAGrowingPrefix) {
  TestLedger ledger(Where::disk);
  ledger.close();
  Writer writer(ledger.directory());
  ASSERT_FALSE(writer.read_some().empty());
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  EXPECT_EQ(must(reader.stats()).writer_pid, writer.pid());
  Position last;
  std::vector<Acknowledged> acknowledged;
  const int rounds = scaled(40);
  for (int round = 0; round < rounds; ++round) {
    const auto some = writer.read_some();
    acknowledged.insert(acknowledged.end(), some.begin(), some.end());
    must(reader.refresh());
    const Position size = log_size(reader);
    EXPECT_GE(size, last);
    last = size;
    for (const Acknowledged& each : some) {
      EXPECT_LE(each.position, size) << "acknowledged before the refresh, and not shown by it";
    }
    expect_consistent(reader);
    expect_in_log(all_events(reader), acknowledged);
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
  writer.kill_it();
  must(reader.refresh());
  EXPECT_GE(log_size(reader), last);
  expect_consistent(reader);
  EXPECT_EQ(must(reader.stats()).writer_pid, std::nullopt);
}

// Opening and closing turn write-ahead logs into tables and delete them, under the reader's eyes.
TEST(Processes, AReaderThatOpensWhileAWriterOpensAndClosesSeesNoHole) {
  TestLedger ledger(Where::disk);
  ledger.close();
  std::atomic<std::uint64_t> durable{0};
  std::atomic<bool> done{false};
  std::thread writer([&] {
    const int rounds = scaled(60);
    for (int round = 0; round < rounds; ++round) {
      Ledger session = must(Ledger::open(ledger.directory()));
      for (int i = 0; i < 3; ++i) durable = must(session.create("a")).receipt.position->value;
    }
    done = true;
  });
  Ledger refreshed = must(Ledger::open(ledger.directory(), read_only()));
  while (!done) {
    const std::uint64_t expected = durable;
    const Ledger opened = must(Ledger::open(ledger.directory(), read_only()));
    EXPECT_GE(log_size(opened).value, expected);
    expect_consistent(opened);
    must(refreshed.refresh());
    EXPECT_GE(log_size(refreshed).value, expected);
    expect_consistent(refreshed);
  }
  writer.join();
}

TEST(Processes, AWriterElsewhereIsBusy) {
  TestLedger ledger(Where::disk);
  ledger.close();
  Writer writer(ledger.directory());
  ASSERT_FALSE(writer.read_some().empty());
  EXPECT_EQ(failure_of<Busy>(Ledger::open(ledger.directory())).pid, writer.pid());
}

TEST(Processes, AKilledWriterLosesNothingItAcknowledgedAndLeavesNoLock) {
  TestLedger ledger(Where::disk);
  ledger.close();
  std::mt19937 random(1);
  std::vector<Acknowledged> acknowledged;
  const int rounds = scaled(20);
  for (int round = 0; round < rounds; ++round) {
    Writer writer(ledger.directory());
    auto some = writer.read_some();
    ASSERT_FALSE(some.empty()) << "round " << round;
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 25));
    writer.kill_it();
    const auto rest = writer.read_to_the_end();
    some.insert(some.end(), rest.begin(), rest.end());
    acknowledged.insert(acknowledged.end(), some.begin(), some.end());

    ledger.open();
    expect_in_log(all_events(*ledger), acknowledged);
    expect_consistent(*ledger);
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
    if (round % 2 == 0) create(*ledger, "a");
    round % 3 == 0 ? ledger.drop() : ledger.close();
  }
  EXPECT_GT(acknowledged.size(), static_cast<std::size_t>(rounds));
}

TEST(Processes, AReaderInTheSameProcessSeesWhatItRefreshesTo) {
  TestLedger ledger(Where::disk);
  const auto first = promoted(*ledger, 1);
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  EXPECT_EQ(active_id(reader), first[0]);
  const auto second = promoted(*ledger, 1);
  EXPECT_EQ(active_id(reader), first[0]);
  EXPECT_EQ(log_size(reader), Position{3});
  EXPECT_TRUE(fails_with<NotFound>(reader.get(second[0])));
  must(reader.refresh());
  EXPECT_EQ(active_id(reader), second[0]);
  EXPECT_EQ(log_size(reader), Position{6});
}

TEST(Processes, AReaderSurvivesARebuildAndTheDroppingOfOldBuilds) {
  TestLedger ledger(Where::disk);
  const auto ids = promoted(*ledger, 2);
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  must(ledger->rebuild());
  EXPECT_EQ(active_id(reader), ids[1]);
  must(reader.refresh());
  EXPECT_EQ(active_id(reader), ids[1]);
  promoted(*ledger, 1);
  ledger.reopen();  // drops the first build
  EXPECT_EQ(active_id(reader), ids[1]);
  must(reader.refresh());
  EXPECT_EQ(must(reader.pointer("demo")).generation, Generation{3});
}

// A writer holds the lock and says that two of three events are durable.
TEST(Processes, AReaderShowsNothingBeyondThePublishedPosition) {
  TestLedger ledger(Where::disk);
  const DeploymentId id = ready(*ledger);
  must(ledger->promote("demo", id));
  const Deployment later = must(ledger->create("later"));
  ledger.close();
  WriterLock lock = must(WriterLock::acquire(ledger.directory()));
  must(lock.publish(Position{2}));
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  const auto expect_hidden = [&] {
    EXPECT_EQ(log_size(reader), Position{2});
    EXPECT_EQ(all_events(reader).size(), 2u);
    EXPECT_EQ(must(reader.history()).items.size(), 2u);
    EXPECT_EQ(must(reader.read(Position{3}, 1)), std::vector<Event>());
    EXPECT_EQ(must(reader.pointer("demo")).generation, Generation{0});
    EXPECT_EQ(active_id(reader), std::nullopt);
    EXPECT_EQ(must(reader.activations("demo")).items.size(), 0u);
    EXPECT_TRUE(fails_with<NotFound>(reader.get(later.id)));
    EXPECT_TRUE(fails_with<NotFound>(reader.find(later.identifier)));
    EXPECT_EQ(must(reader.list("later")).items.size(), 0u);
    EXPECT_EQ(must(reader.owners()).items, std::vector<std::string>{"demo"});
    EXPECT_EQ(must(reader.stats()).last_deployment, id);
    EXPECT_EQ(must(reader.get(id)).status, DeploymentStatus::ready);
  };
  expect_hidden();
  must(reader.refresh());
  expect_hidden();
  must(lock.publish(Position{1}));  // what was shown once stays
  must(reader.refresh());
  expect_hidden();
  must(lock.publish(Position{3}));
  expect_hidden();
  must(reader.refresh());
  EXPECT_EQ(log_size(reader), Position{3});
  EXPECT_EQ(active_id(reader), id);
  EXPECT_TRUE(fails_with<NotFound>(reader.get(later.id)));
}

}  // namespace
}  // namespace purser::processes_test
