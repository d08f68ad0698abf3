// What the world does to a write: no space, a lost lock, a fork, a failed sync.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <limits>

#include "support/rows.h"
#include "support/test_ledger.h"

namespace purser::write_failures_test {
namespace {

namespace fs = std::filesystem;

TEST(NoSpace, IsRefusedBeforeTheWriteWithTheFigures) {
  TestLedger ledger(Where::disk);
  const DeploymentId id = create(*ledger);
  ledger.close();
  const auto before = directory_contents(ledger.directory() + "/chunks");
  Options options;
  options.disk_reserve_bytes = std::numeric_limits<std::uint64_t>::max();
  Ledger tight = must(Ledger::open(ledger.directory(), options));
  for (const Status& status :
       {Status(tight.create("demo").error()), Status(tight.store(id, "a", "1").error()),
        Status(tight.mark_ready(id).error()), tight.remove_all(id),
        Status(tight.rebuild().error())}) {
    const auto refusal = failure_of<NoSpace>(status);
    EXPECT_EQ(refusal.path, ledger.directory());
    EXPECT_EQ(refusal.needed, options.disk_reserve_bytes);
    EXPECT_GT(refusal.available, 0u);
  }
  EXPECT_EQ(log_size(tight), Position{1});
  EXPECT_EQ(must(tight.get(id)).status, DeploymentStatus::building);  // reads go on
  EXPECT_TRUE(directory_contents(ledger.directory() + "/chunks") == before);
}

TEST(NoSpace, DoesNotStopACollectionThatGivesSpaceBack) {
  TestLedger ledger(Where::disk);
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", std::string(100'000, 'a')));
  must(ledger->remove_all(id));
  ledger.close();
  Options options;
  options.disk_reserve_bytes = std::numeric_limits<std::uint64_t>::max();
  Ledger tight = must(Ledger::open(ledger.directory(), options));
  EXPECT_GT(must(tight.collect({.dead_share = 0})).bytes_freed(), 0);
  EXPECT_EQ(failure_of<NoSpace>(tight.collect({.repack = true})).path, ledger.directory());
}

TEST(NoSpace, RefusesInitAndLeavesNoLedger) {
  const Scratch scratch;
  const std::string path = (scratch / "ledger").string();
  Options options;
  options.disk_reserve_bytes = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(failure_of<NoSpace>(Ledger::init(path, options)).path, path);
  EXPECT_TRUE(fails_with<NotFound>(Ledger::open(path)));
}

TEST(Lock, RemovedOrReplacedEndsWriting) {
  TestLedger ledger(Where::disk);
  create(*ledger);
  const std::string lock = ledger.directory() + "/LOCK";
  fs::rename(lock, ledger.beside("LOCK"));
  const auto missing = failure_of<Io>(ledger->create("demo"));
  EXPECT_EQ(missing.operation, "stat");
  EXPECT_EQ(missing.path, lock);
  write_file(lock, read_file(ledger.beside("LOCK")), 0600);
  const auto replaced = failure_of<Io>(ledger->create("demo"));
  EXPECT_EQ(replaced.operation, "hold");
  EXPECT_EQ(replaced.path, lock);
  EXPECT_EQ(log_size(*ledger), Position{1});
  fs::rename(ledger.beside("LOCK"), lock);
  EXPECT_EQ(create(*ledger), DeploymentId{2});
}

// Runs `report` in a forked child and returns the text it gave.
template <class Report>
std::string in_child(Report report) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = report();
    const bool sent = write(ends[1], text.data(), text.size()) == std::ssize(text);
    _exit(sent ? 0 : 1);
  }
  close(ends[1]);
  std::string text(4096, '\0');
  const ssize_t size = read(ends[0], text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return text;
}

std::string outcome(const Status& status) {
  if (status) return "ok;";
  const auto* refusal = status.error().as<ReadOnly>();
  if (refusal != nullptr) return std::string(to_string(refusal->why)) + ";";
  return std::string(status.error().name()) + ";";
}
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "ok;" : outcome(Status(result.error()));
}

TEST(Fork, TheChildsHandleRefusesAllButClosingAndTheParentsGoesOn) {
  TestLedger ledger(Where::disk);
  const DeploymentId id = create(*ledger);
  const std::string said = in_child([&] {
    std::string outcomes = outcome(ledger->create("demo"));
    outcomes += outcome(ledger->store(id, "a", "1"));
    outcomes += outcome(ledger->mark_failed(id, "c", "m"));
    outcomes += outcome(ledger->rebuild());
    outcomes += outcome(ledger->get(id));
    outcomes += outcome(ledger->active("demo"));
    outcomes += outcome(ledger->close());
    outcomes += outcome(ledger->get(id));
    return outcomes;
  });
  EXPECT_EQ(said, "forked;forked;forked;forked;forked;forked;ok;closed;");
  EXPECT_EQ(create(*ledger), DeploymentId{2});  // the lock is still held
  EXPECT_TRUE(fails_with<Busy>(Ledger::open(ledger.directory())));
  ledger.reopen();
  EXPECT_EQ(log_size(*ledger), Position{2});
}

// A log that may not grow: the system refuses with EFBIG.
TEST(FailedWriteOnDisk, IsOutcomeUnknownReadsGoOnAndReopeningSettlesIt) {
  TestLedger ledger(Where::disk);
  const DeploymentId first = create(*ledger);
  std::uintmax_t longest = 0;
  for (const auto& entry : fs::directory_iterator(ledger.directory() + "/db")) {
    if (entry.path().extension() == ".log") longest = std::max(longest, entry.file_size());
  }
  ASSERT_GT(longest, 0u);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limits{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limits), 0);
  const rlimit tight{longest + 10, limits.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto answer = ledger->create("demo", {}, as_request("k"));
  const auto after = ledger->create("demo");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limits), 0);
  std::signal(SIGXFSZ, previous);

  const auto unknown = failure_of<OutcomeUnknown>(answer);
  EXPECT_EQ(unknown.request_id, "k");
  EXPECT_EQ(unknown.position, Position{2});
  EXPECT_EQ(failure_of<ReadOnly>(after).why, ReadOnlyReason::poisoned);
  EXPECT_EQ(failure_of<ReadOnly>(ledger->rebuild()).why, ReadOnlyReason::poisoned);
  EXPECT_EQ(must(ledger->get(first)).id, first);
  EXPECT_EQ(log_size(*ledger), Position{1});
  EXPECT_TRUE(fails_with<NotFound>(ledger->get(DeploymentId{2})));

  ledger.drop();  // what closing says of a broken log is not the point
  ledger.open();
  EXPECT_EQ(must(ledger->create("demo", {}, as_request("k"))).id, DeploymentId{2});
  EXPECT_EQ(log_size(*ledger), Position{2});
}

}  // namespace
}  // namespace purser::write_failures_test
