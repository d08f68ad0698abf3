// How far the anchor is behind a log that is written, and what happens when it cannot follow.
#include "anchor_keeper.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "support/ledger_on_disk.h"

namespace purser::anchor_keeper_test {
namespace {

constexpr std::chrono::milliseconds kNever = std::chrono::hours(1);

Options options(std::uint64_t commits, std::chrono::milliseconds delay) {
  Options options;
  options.anchor_commits_max = commits;
  options.anchor_delay_max = delay;
  return options;
}

class AnchorOf : public LedgerOnDisk {
 protected:
  explicit AnchorOf(const Options& options) : LedgerOnDisk(options) {}
  // On disk, where a crash would leave it.
  [[nodiscard]] AnchorMark anchor() const { return must(Anchor::read(ledger.directory())); }
};

class AnchorOfEachCommit : public AnchorOf {
 protected:
  AnchorOfEachCommit() : AnchorOf(options(1, kNever)) {}
};
class AnchorOfSomeCommits : public AnchorOf {
 protected:
  AnchorOfSomeCommits() : AnchorOf(options(8, kNever)) {}
};
class AnchorAfterAMoment : public AnchorOf {
 protected:
  AnchorAfterAMoment() : AnchorOf(options(1'000'000, std::chrono::milliseconds(1))) {}
};

TEST_F(AnchorOfEachCommit, IsWrittenBeforeTheCallReturns) {
  for (std::uint64_t size = 1; size <= 20; ++size) {
    must(ledger->create("demo"));
    EXPECT_EQ(anchor().log_size, Position{size});
    EXPECT_EQ(must(ledger->stats()).anchored, Position{size});
    EXPECT_EQ(anchor().root, must(ledger->root()));
  }
}

TEST_F(AnchorOfSomeCommits, IsNeverAsManyBehind) {
  for (std::uint64_t size = 1; size <= 200; ++size) {
    must(ledger->create("demo"));
    const std::uint64_t anchored = anchor().log_size.value;
    ASSERT_LE(anchored, size);
    ASSERT_LT(size - anchored, 8u);
  }
}

TEST_F(AnchorOfSomeCommits, IsSeenByAReaderToo) {
  for (int i = 0; i < 9; ++i) must(ledger->create("demo"));
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  const Position anchored = must(reader.stats()).anchored;
  EXPECT_GE(anchored, Position{2});
  EXPECT_LE(anchored, Position{9});
}

TEST_F(AnchorOfSomeCommits, IsNotMovedByWhatIsNoEvent) {
  const DeploymentId id = must(ledger->create("demo")).id;
  for (int i = 0; i < 20; ++i) must(ledger->store(id, "file", std::to_string(i)));
  EXPECT_EQ(anchor().log_size, Position{0});
}

// The log of a writer that died is taken over whole, and then anchored.
TEST_F(AnchorAfterAMoment, FollowsWithoutAnotherCommit) {
  for (std::uint64_t size = 1; size <= 3; ++size) {
    must(ledger->create("demo"));
    while (anchor().log_size < Position{size}) std::this_thread::yield();
    EXPECT_EQ(anchor().root, must(ledger->root()));
  }
}

TEST_F(AnchorOfSomeCommits, IsBroughtUpToWhatAnOpenFinds) {
  for (int i = 0; i < 3; ++i) must(ledger->create("demo"));
  const std::string before = read_file(file("anchor"));
  ledger.close();
  write_file(file("anchor"), before, 0600);  // as a crash would have left it
  Ledger again = must(Ledger::open(ledger.directory(), options(1, kNever)));
  EXPECT_EQ(anchor().log_size, Position{3});
}

// Files of this process cannot grow beyond so many bytes meanwhile.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_ = SIG_DFL;
};

TEST(AnchorKeeper, ThatCannotWriteRefusesEveryFurtherCommitAndSaysSoWhenClosed) {
  const Scratch scratch;
  const LedgerId id{};
  must(Anchor::create(scratch.path().string(), AnchorMark{id, Position{0}, Timestamp{1}}));
  AnchorKeeper keeper(must(Anchor::open(scratch.path().string())), id, {1, kNever},
                      [] { return Timestamp{1}; });
  keeper.committed(Position{1}, {});
  must(keeper.check());
  EXPECT_EQ(keeper.anchored(), Position{1});
  {
    const FileSizeLimit none(0);
    keeper.committed(Position{2}, {});
  }
  EXPECT_EQ(failure_of<Io>(keeper.check()).operation, "write");
  keeper.committed(Position{3},
                   {});  // the disk would take it now, but what it says is not believed
  EXPECT_EQ(keeper.anchored(), Position{1});
  EXPECT_TRUE(keeper.close(Position{3}, {}, {}).error().is<Io>());
  EXPECT_EQ(must(Anchor::read(scratch.path().string())).log_size, Position{1});
}

}  // namespace
}  // namespace purser::anchor_keeper_test
