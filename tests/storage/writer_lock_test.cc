#include "writer_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstring>
#include <functional>
#include <optional>

#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::writer_lock_test {
namespace {

// Runs `body` in a forked process; its answer is the exit code.
int exit_code_of_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = -1;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Another process that holds the lock, until it is killed.
class OtherHolder {
 public:
  explicit OtherHolder(const std::string& directory) {
    int ends[2];
    PURSER_CHECK(pipe(ends) == 0, "pipe");
    pid_ = fork();
    if (pid_ == 0) {
      auto lock = WriterLock::acquire(directory);
      const char byte = lock && lock->publish(Position{70}) ? 'y' : 'n';
      if (write(ends[1], &byte, 1) == 1) pause();
      _exit(0);
    }
    close(ends[1]);
    char byte = 0;
    holds_ = read(ends[0], &byte, 1) == 1 && byte == 'y';
    close(ends[0]);
  }
  ~OtherHolder() { kill_it(); }
  bool holds() const { return holds_; }
  pid_t pid() const { return pid_; }
  void kill_it() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  bool holds_ = false;
};

class WriterLockTest : public testing::Test {
 protected:
  std::string directory() const { return scratch_.path().string(); }
  std::filesystem::path file() const { return scratch_ / "LOCK"; }
  std::optional<WriterLock::Holder> probe() const {
    auto holder = WriterLock::probe(directory());
    EXPECT_TRUE(ok(holder));
    return holder ? *holder : std::nullopt;
  }
  template <class Number>
  Number number_at(std::size_t offset) const {
    Number number{};
    const std::string bytes = read_file(file());
    PURSER_CHECK(bytes.size() >= offset + sizeof number, "number_at");
    std::memcpy(&number, bytes.data() + offset, sizeof number);
    return number;
  }

 private:
  Scratch scratch_;
};

TEST_F(WriterLockTest, FileIsLaidOutAsDocumented) {
  auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  ASSERT_TRUE(ok(lock->publish(Position{0x0102030405060708})));
  const std::string bytes = read_file(file());
  ASSERT_EQ(bytes.size(), 32u);
  EXPECT_EQ(bytes.substr(0, 16), std::string("PRSRLOCK\1\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(number_at<std::int64_t>(16), getpid());
  EXPECT_EQ(bytes.substr(24), "\x08\7\6\5\4\3\2\1");
  EXPECT_EQ(mode_of(file()), 0600u);
}

TEST_F(WriterLockTest, SecondHolderInThisProcessIsBusy) {
  const auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  const auto second = WriterLock::acquire(directory());
  ASSERT_TRUE(fails_with<Busy>(second));
  EXPECT_EQ(second.error().as<Busy>()->pid, getpid());
  EXPECT_TRUE(ok(lock->check()));
  EXPECT_EQ(probe()->pid, getpid());
}

TEST_F(WriterLockTest, HolderInAnotherProcessIsNamed) {
  const OtherHolder other(directory());
  ASSERT_TRUE(other.holds());
  const auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(fails_with<Busy>(lock));
  EXPECT_EQ(lock.error().as<Busy>()->pid, other.pid());
  const auto holder = probe();
  ASSERT_TRUE(holder.has_value());
  EXPECT_EQ(holder->pid, other.pid());
  EXPECT_EQ(holder->durable, Position{70});
}

TEST_F(WriterLockTest, DeathOfTheHolderReleasesIt) {
  OtherHolder other(directory());
  ASSERT_TRUE(other.holds());
  other.kill_it();
  EXPECT_FALSE(probe().has_value());
  EXPECT_TRUE(ok(WriterLock::acquire(directory())));
}

TEST_F(WriterLockTest, IsReleasedWhenDestroyedAndNotWhenMoved) {
  {
    auto lock = WriterLock::acquire(directory());
    ASSERT_TRUE(ok(lock));
    ASSERT_TRUE(ok(lock->publish(Position{3})));
    const WriterLock moved = *std::move(lock);
    EXPECT_TRUE(ok(moved.check()));
    EXPECT_TRUE(fails_with<Busy>(WriterLock::acquire(directory())));
    EXPECT_EQ(probe()->durable, Position{3});
  }
  EXPECT_FALSE(probe().has_value());
  EXPECT_TRUE(ok(WriterLock::acquire(directory())));
}

// Else a second torn write over it could begin like a file of a newer format, and be refused.
TEST_F(WriterLockTest, WhatATornWriteHasLeftIsLetGoOfBeforeItIsWrittenOver) {
  write_file(file(), std::string(100, '\xff'), 0600);
  const auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  EXPECT_EQ(std::filesystem::file_size(file()), 32u);
  EXPECT_EQ(probe()->pid, getpid());
}

TEST_F(WriterLockTest, ProbeTouchesNothing) {
  EXPECT_FALSE(probe().has_value());
  EXPECT_FALSE(std::filesystem::exists(file()));
  (void)WriterLock::acquire(directory());  // makes the file and lets go
  const std::string bytes = read_file(file());
  const auto written = std::filesystem::last_write_time(file());
  EXPECT_FALSE(probe().has_value());
  const auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  EXPECT_TRUE(probe().has_value());
  EXPECT_TRUE(ok(lock->check()));
  EXPECT_EQ(read_file(file()), bytes);
  EXPECT_GE(std::filesystem::last_write_time(file()), written);
}

TEST_F(WriterLockTest, ProbeFromAnotherProcessNeverTakesTheLock) {
  const int code = exit_code_of_child([&] {
    for (int round = 0; round < 100; ++round) {
      if (!WriterLock::probe(directory())) return 1;
    }
    return WriterLock::acquire(directory()) ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
}

TEST_F(WriterLockTest, DurablePositionIsSeenOnlyWhenPublished) {
  auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  ASSERT_TRUE(probe().has_value());
  EXPECT_FALSE(probe()->durable.has_value());
  for (std::uint64_t position : {0, 5, 1'000'000}) {
    ASSERT_TRUE(ok(lock->publish(Position{position})));
    EXPECT_EQ(probe()->durable, Position{position});
    const int code = exit_code_of_child([&] {
      const auto seen = WriterLock::probe(directory());
      return seen && *seen && (*seen)->durable == Position{position} ? 0 : 1;
    });
    EXPECT_EQ(code, 0);
  }
}

TEST_F(WriterLockTest, PositionOfADeadHolderIsNotBelieved) {
  OtherHolder other(directory());
  ASSERT_TRUE(other.holds());
  other.kill_it();
  ASSERT_EQ(number_at<std::uint64_t>(24), 70u);  // it is still there to be read
  const auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  EXPECT_EQ(probe()->pid, getpid());
  EXPECT_FALSE(probe()->durable.has_value());
}

TEST_F(WriterLockTest, RemovedFileIsNoticed) {
  const auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  EXPECT_TRUE(ok(lock->check()));
  std::filesystem::remove(file());
  EXPECT_TRUE(fails_with<Io>(lock->check(), file().string()));
}

TEST_F(WriterLockTest, ReplacedFileIsNoticed) {
  const auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  std::filesystem::remove(file());
  const auto usurper = WriterLock::acquire(directory());  // a new file: nothing stops it
  ASSERT_TRUE(ok(usurper));
  EXPECT_TRUE(fails_with<Io>(lock->check(), "replaced"));
  EXPECT_TRUE(ok(usurper->check()));
}

TEST_F(WriterLockTest, ForkedChildIsNotTheWriter) {
  auto lock = WriterLock::acquire(directory());
  ASSERT_TRUE(ok(lock));
  const int code = exit_code_of_child([&] {
    const Status checked = lock->check();
    if (checked || !checked.error().is<ReadOnly>()) return 1;
    return checked.error().as<ReadOnly>()->why == ReadOnlyReason::forked ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(ok(lock->check()));
}

TEST_F(WriterLockTest, ChildThatDropsItsCopyDoesNotReleaseIt) {
  auto lock = std::make_optional(WriterLock::acquire(directory()));
  ASSERT_TRUE(ok(*lock));
  EXPECT_EQ(exit_code_of_child([&] { return lock.reset(), 0; }), 0);
  EXPECT_TRUE(ok((*lock)->check()));
  EXPECT_TRUE(fails_with<Busy>(WriterLock::acquire(directory())));
}

TEST_F(WriterLockTest, LinkIsNotFollowed) {
  write_file(directory() + "/elsewhere", "");
  std::filesystem::create_symlink(directory() + "/elsewhere", file());
  EXPECT_TRUE(fails_with<Io>(WriterLock::acquire(directory())));
  EXPECT_TRUE(fails_with<Io>(WriterLock::probe(directory())));
  EXPECT_EQ(read_file(directory() + "/elsewhere"), "");
}

TEST_F(WriterLockTest, MissingDirectoryIsAnIoError) {
  EXPECT_TRUE(fails_with<Io>(WriterLock::acquire(directory() + "/absent")));
}

}  // namespace
}  // namespace purser::writer_lock_test
