// purser backup and restore: what they answer, what they refuse, and what a restored ledger is.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "purser/ledger.h"
#include "tools/program_test.h"

namespace purser::tools::backup_test {
namespace {

namespace fs = std::filesystem;

class BackupVerbs : public ProgramTest {
 protected:
  [[nodiscard]] Words to_backup() const { return {"backup", path("backup")}; }
  [[nodiscard]] Words to_new() const { return {"restore", path("backup"), "--into", path("new")}; }
};

TEST_F(BackupVerbs, CopyTheLedgerAndMakeTheSameOfIt) {
  const std::string id = ready();
  run({"promote", "demo", id});
  const auto before = files_on_disk();
  const Finished done = run({"backup", path("backup"), "--json"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  const Json made = one_line(done.out);
  EXPECT_EQ(made["path"], path("backup"));
  EXPECT_EQ(made["log_size"], 3);
  EXPECT_EQ(made["root"].get<std::string>().size(), 64u);
  EXPECT_GT(made["files"], 4);
  EXPECT_GT(made["bytes"], 100);
  EXPECT_EQ(files_on_disk(), before);
  const Finished restored =
      run_program({"restore", path("backup"), "--into", path("new"), "--json"});
  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  Json same = one_line(restored.out);
  EXPECT_EQ(same["path"], path("new"));
  same["path"] = made["path"];
  EXPECT_EQ(same, made);
  const auto of_new = [&](Words words) {
    words.insert(words.begin(), {"--ledger", path("new")});
    return run_program(words);
  };
  EXPECT_EQ(of_new({"log", "--json"}).out, run({"log", "--json"}).out);
  EXPECT_EQ(of_new({"cat", id, "a.txt"}).out, run({"cat", id, "a.txt"}).out);
  EXPECT_EQ(of_new({"verify"}).exit_code, 0);
  EXPECT_EQ(of_new({"create", "demo"}).exit_code, 0);
}

TEST_F(BackupVerbs, SayInWordsWhatTheyHaveDoneAndWhatComesNext) {
  ready();
  const Finished done = run(to_backup());
  EXPECT_NE(done.out.find("is a backup of ledger"), std::string::npos) << done.out;
  EXPECT_NE(done.err.find("purser restore"), std::string::npos) << done.err;
  const Finished restored = run_program(to_new());
  EXPECT_NE(restored.out.find("events 1 to 2"), std::string::npos) << restored.out;
  EXPECT_NE(restored.err.find("key new --epoch"), std::string::npos) << restored.err;
}

TEST_F(BackupVerbs, WorkBesideAWriter) {
  ready();
  const auto writer = Ledger::open(ledger());
  ASSERT_TRUE(writer.has_value());
  EXPECT_EQ(run(to_backup()).exit_code, 0);
  EXPECT_EQ(run_program(to_new()).exit_code, 0);
  EXPECT_EQ(run_program({"restore", ledger(), "--into", path("other")}).exit_code, 5);
}

TEST_F(BackupVerbs, RefuseWhatTheyCannotDo) {
  ready();
  EXPECT_EQ(run_program({"--ledger", path("none"), "backup", path("backup")}).exit_code, 3);
  EXPECT_EQ(run({"backup"}).exit_code, 2);
  EXPECT_EQ(run({"backup", ledger() + "/inside"}).exit_code, 2);
  fs::create_directory(path("full"));
  std::ofstream(path("full") + "/file") << "here";
  EXPECT_EQ(run({"backup", path("full")}).exit_code, 4);
  EXPECT_EQ(run(to_backup()).exit_code, 0);
  EXPECT_EQ(run_program({"--ledger", path("backup"), "stats"}).exit_code, 3) << "it is no ledger";
  EXPECT_EQ(run_program({"restore", path("none"), "--into", path("new")}).exit_code, 3);
  EXPECT_EQ(run_program({"restore", path("backup"), "--into", path("full")}).exit_code, 4);
  EXPECT_EQ(run_program({"restore", path("backup"), "--into", path("backup") + "/x"}).exit_code, 2);
  fs::resize_file(path("backup") + "/anchor", 10);
  EXPECT_EQ(run_program(to_new()).exit_code, 6);
  EXPECT_TRUE(fs::is_empty(path("new")));
}

}  // namespace
}  // namespace purser::tools::backup_test
