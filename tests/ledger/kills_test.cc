// A process that dies at each step of the file system in turn, in the middle of storing and
// sealing, or of which one write fails: the next open finds a ledger that is whole, and all that
// was sealed byte for byte.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>

#include "hash.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"

namespace purser::kills_test {
namespace {

class Kills : public LedgerOnDisk {
 protected:
  // Contents that no other step has, cut into several chunks and in several blocks.
  static std::map<std::string, std::string> contents(long step) {
    std::string large;
    for (int i = 0; large.size() < 600'000; ++i) {
      large += to_hex(sha256(std::to_string(step) + ' ' + std::to_string(i)));
    }
    return {{"step", std::to_string(step)}, {"folder/large", large}, {"folder/empty", ""}};
  }
  [[nodiscard]] std::string make_tree(long step) {
    const std::string tree = ledger.beside("tree");
    for (const auto& [path, bytes] : contents(step)) write_file(tree + "/" + path, bytes);
    return tree;
  }
  enum class End { died, failed, done };
  // How the process ends that has `trouble`, "die" or "fail", at that step.
  End ingest(const std::string& trouble, long step) {
    std::vector<std::string> words = {PURSER_INGEST_PROCESS, ledger.directory(), make_tree(step),
                                      trouble, std::to_string(step)};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ), 0);
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
      EXPECT_EQ(WTERMSIG(status), SIGKILL);
      return End::died;
    }
    EXPECT_LE(WEXITSTATUS(status), 1);
    return WEXITSTATUS(status) == 0 ? End::done : End::failed;
  }
  // Opens the ledger that such a process has left; returns how many deployments are sealed.
  std::size_t check_whole(bool quick) {
    ledger.open();
    EXPECT_TRUE(must(ledger->verify({quick, false})).is_whole());
    const std::size_t sealed = check_sealed();
    ledger.close();
    return sealed;
  }
  // How many deployments are sealed; each must be what its process stored.
  std::size_t check_sealed() {
    std::size_t sealed = 0;
    for (const Deployment& each : must(ledger->list("demo", {}, {kPageLimitMax, {}})).items) {
      if (each.status != DeploymentStatus::ready) continue;
      ++sealed;
      if (each.id <= checked_) continue;
      checked_ = each.id;
      auto expected = contents(std::stol(must(ledger->retrieve(each.id, "step"))));
      expected["one more"] = std::string(20'000, 'm');
      std::size_t files = 0;
      for (const FileEntry& file : must(ledger->list_files(each.id))) {
        EXPECT_EQ(must(ledger->retrieve(each.id, file.path)), expected[file.path]) << file.path;
        ++files;
      }
      EXPECT_EQ(files, expected.size());
    }
    return sealed;
  }

  DeploymentId checked_;
};

TEST_F(Kills, AtEveryStepOfStoringAndSealingLeaveAWholeLedger) {
  ledger.close();
  std::size_t sealed = 0;
  for (long step = 1;; step += kSlowdown) {
    SCOPED_TRACE(step);
    const End end = ingest("die", step);
    ASSERT_NE(end, End::failed);
    const std::size_t now = check_whole(true);
    ASSERT_FALSE(HasFailure());
    ASSERT_GE(now, sealed) << "what one open has shown, the next shows too";
    sealed = now;
    if (end == End::died) continue;
    EXPECT_GT(step, 20);  // else it was not the files that were stepped over
    break;
  }
  EXPECT_GE(check_whole(false), 1u);
}

TEST_F(Kills, FailedWriteOfAPackIsToldAndLeavesAWholeLedger) {
  ledger.close();
  std::size_t sealed = 0;
  for (long step = 1;; ++step) {
    SCOPED_TRACE(step);
    const End end = ingest("fail", step);
    const std::size_t now = check_whole(false);
    ASSERT_FALSE(HasFailure());
    ASSERT_EQ(now, sealed + (end == End::done ? 1 : 0));
    sealed = now;
    if (end == End::failed) continue;
    EXPECT_GT(step, 2);
    return;
  }
}

}  // namespace
}  // namespace purser::kills_test
