// purser salvage: what it saves, what it says is missing, and its exit codes.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "purser/ledger.h"
#include "tools/program_test.h"

namespace purser::tools::salvage_test {
namespace {

namespace fs = std::filesystem;

class SalvageVerb : public ProgramTest {
 protected:
  // Changes one byte of the file.
  static void flip(const std::string& file, std::streamoff at) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(at);
    const int before = bytes.get();
    bytes.seekp(at);
    bytes.put(static_cast<char>(before ^ 1));
  }
  [[nodiscard]] Words to_new() const { return {"salvage", ledger(), "--into", path("new")}; }
};

TEST_F(SalvageVerb, OfAWholeLedgerSavesAllAndExitsWith0) {
  const std::string id = ready();
  run({"promote", "demo", id});
  const auto before = files_on_disk();
  const Finished done = run({"salvage", "--into", path("new"), "--json"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  const Json report = one_line(done.out);
  EXPECT_EQ(report["path"], path("new"));
  EXPECT_EQ(report["source"]["path"], ledger());
  EXPECT_EQ(report["source"]["anchored"], 3);
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["events"], (Json{{"copied", 3},
                                    {"expected", 3},
                                    {"missing", 0},
                                    {"missing_ranges", Json::array()},
                                    {"beyond", 0},
                                    {"beyond_ranges", Json::array()}}));
  EXPECT_EQ(report["damaged_files"], Json::array());
  EXPECT_EQ(report["artifacts"]["whole"], 1);
  EXPECT_EQ(report["artifacts"]["losses"], Json::array());
  EXPECT_EQ(report["drafts"], (Json{{"copied", 0}, {"lost", 0}, {"losses", Json::array()}}));
  EXPECT_EQ(files_on_disk(), before);
  const Finished stats = run_program({"--ledger", path("new"), "stats", "--json"});
  const Json made = one_line(stats.out);
  EXPECT_EQ(made["ledger_id"], report["ledger_id"]);
  EXPECT_EQ(made["origin"]["kind"], "salvage");
  EXPECT_EQ(made["origin"]["ledger_id"], report["source"]["ledger_id"]);
  EXPECT_EQ(made["origin"]["size"], 3);
  const Finished cat = run_program({"--ledger", path("new"), "cat", id, "a.txt"});
  EXPECT_EQ(cat.out, run({"cat", id, "a.txt"}).out);
  EXPECT_EQ(run_program({"--ledger", path("new"), "verify"}).exit_code, 0);
}

TEST_F(SalvageVerb, InWordsSaysThatAllIsThere) {
  ready();
  fs::remove(ledger() + "/db/CURRENT");
  const Finished done = run_program(to_new());
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.out.find("events 1 to 2 of 2"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("all is there"), std::string::npos) << done.out;
  EXPECT_NE(done.err.find("is as it was"), std::string::npos) << done.err;
}

TEST_F(SalvageVerb, WhatIsMissingIsNamedAndExitsWith6) {
  const std::string id = ready();
  flip(ledger() + "/chunks/packs/0000000000000001.pack", 80);
  const std::string unsealed = building("other");
  fs::remove(ledger() + "/db/CURRENT");
  fs::remove(ledger() + "/anchor");
  const Finished done = run_program(to_new());
  EXPECT_EQ(done.exit_code, 6) << done.err;
  EXPECT_NE(done.out.find("lost files of deployment " + id), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("lost draft of deployment " + unsealed), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("the anchor is lost"), std::string::npos) << done.out;
  fs::remove_all(path("new"));
  Words words = to_new();
  words.push_back("--json");
  const Json report = one_line(run_program(words).out);
  EXPECT_EQ(report["complete"], false);
  EXPECT_EQ(report["source"]["anchored"], nullptr);
  EXPECT_EQ(report["artifacts"]["lost"], 1);
  EXPECT_EQ(report["artifacts"]["losses"][0]["id"], 1);
  EXPECT_EQ(report["artifacts"]["losses"][0]["path"], "a.txt");
  EXPECT_EQ(report["drafts"]["losses"][0]["id"], 2);
  EXPECT_FALSE(report["damaged_files"].empty());
}

TEST_F(SalvageVerb, EventsThatAreMissingAreNamedByTheirPositions) {
  fs::copy(ledger() + "/db", path("older"), fs::copy_options::recursive);
  ready();
  fs::remove_all(ledger() + "/db");
  fs::rename(path("older"), ledger() + "/db");
  const Finished done = run_program(to_new());
  EXPECT_EQ(done.exit_code, 6) << done.err;
  EXPECT_NE(done.out.find("missing events 1 to 2\n"), std::string::npos) << done.out;
  EXPECT_EQ(run_program({"--ledger", path("new"), "create", "demo"}).exit_code, 0);
}

TEST_F(SalvageVerb, RefusesMistakesAndMakesNothing) {
  EXPECT_EQ(run_program({"salvage", path("none"), "--into", path("new")}).exit_code, 3);
  EXPECT_EQ(run_program({"salvage", ledger()}).exit_code, 2);
  EXPECT_EQ(
      run_program({"salvage", "--into", path("new")}, {.environment = {"PURSER_LEDGER"}}).exit_code,
      2);
  EXPECT_EQ(run({"salvage", path("another"), "--into", path("new")}).exit_code, 2);
  EXPECT_EQ(run({"salvage", "--into", ledger()}).exit_code, 2);
  EXPECT_EQ(run({"salvage", "--into", path("new"), "--dry-run"}).exit_code, 2);
  EXPECT_EQ(run({"salvage", "--into", path("new"), "--request-id", "k"}).exit_code, 2);
  write_file("full/mine", "x");
  expect_error(
      {"salvage", "--into", path("full")}, 4,
      {{"code", "AlreadyExists"}, {"path", path("full")}, {"what", "a folder that is not empty"}});
  auto writer = Ledger::open(ledger());
  ASSERT_TRUE(writer) << writer.error().message();
  expect_error({"salvage", "--into", path("new")}, 5, {{"code", "Busy"}, {"pid", ::getpid()}});
  ASSERT_TRUE(writer->close());
  EXPECT_FALSE(fs::exists(path("new")));
}

}  // namespace
}  // namespace purser::tools::salvage_test
