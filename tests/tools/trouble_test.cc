// Errors that come from outside the rules: other processes, damage, the disk, signals. Each with
// its exit code and JSON, and nothing changed.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "purser/ledger.h"
#include "tools/program_test.h"

namespace purser::tools::trouble_test {
namespace {

namespace fs = std::filesystem;

class TroubleTest : public ProgramTest {
 protected:
  // A ledger that must not be opened: no command changes a byte of it.
  void expect_unusable(int exit_code, const Json& error) const {
    const auto before = files_on_disk();
    expect_error({"create", "demo"}, exit_code, error);
    expect_error({"list", "demo"}, exit_code, error);
    EXPECT_EQ(files_on_disk(), before);
  }
};

TEST_F(TroubleTest, Busy) {
  building();
  auto writer = Ledger::open(ledger());
  ASSERT_TRUE(writer) << writer.error().message();
  const Json error{{"code", "Busy"}, {"pid", ::getpid()}};
  expect_error({"create", "demo"}, 5, error);
  expect_error({"store", "1", write_file("b", "x")}, 5, error);
  expect_error({"rebuild"}, 5, error);
  ASSERT_TRUE(writer->close());
  EXPECT_EQ(json({"create", "demo"})["id"], 2);
}

TEST_F(TroubleTest, CorruptionOfTheAnchor) {
  building();
  fs::remove(ledger() + "/anchor");
  const Finished finished = run({"stats", "--json"});
  EXPECT_EQ(finished.exit_code, 6);
  const Json error = one_line(finished.err)["error"];
  EXPECT_EQ(error["code"], "Corruption");
  EXPECT_NE(error["where"].get<std::string>().find("anchor"), std::string::npos);
  expect_unusable(6, {{"code", "Corruption"}, {"where", error["where"]}, {"what", error["what"]}});
}

TEST_F(TroubleTest, CorruptionOfAChunk) {
  const std::string id = ready();
  const Json whole = json({"verify"});
  EXPECT_EQ(whole["problems"], Json::array());
  EXPECT_NE(text({"verify", "--quick"}).find("all is whole"), std::string::npos);
  std::size_t damaged = 0;
  for (const auto& entry : fs::recursive_directory_iterator(ledger() + "/chunks")) {
    if (!entry.is_regular_file() || entry.file_size() == 0) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(-1, std::ios::end);
    const int last = file.get();
    file.seekp(-1, std::ios::end);
    file.put(static_cast<char>(last ^ 1));
    ++damaged;
  }
  ASSERT_GT(damaged, 0u);
  const Finished cat = run({"cat", id, "a.txt", "--json"});
  EXPECT_EQ(cat.exit_code, 6);
  EXPECT_EQ(cat.out, "") << "damaged bytes were given out";
  EXPECT_EQ(one_line(cat.err)["error"]["code"], "Corruption");
  EXPECT_EQ(run({"materialize", id, path("out")}).exit_code, 6);
  EXPECT_FALSE(fs::exists(path("out")));

  const Finished verify = run({"verify", "--repair", "--json"});
  EXPECT_EQ(verify.exit_code, 6);
  const Json report = one_line(verify.out);
  EXPECT_EQ(report["problems"][0]["id"], 1);
  EXPECT_EQ(report["repaired"], true);
  EXPECT_GE(report["lost_chunks"], 1);
}

// The blocks of the pack have moved: the index is wrong, and the packs say how it should be.
TEST_F(TroubleTest, WhatIsDerivedAndDiffersIsMadeAnewIfAsked) {
  const std::string id = ready();
  const std::string pack = ledger() + "/chunks/packs/0000000000000001.pack";
  std::stringstream bytes;
  bytes << std::ifstream(pack, std::ios::binary).rdbuf();
  std::ofstream(pack, std::ios::binary) << bytes.str().insert(32, "eight by");
  for (const Words& words : {Words{"verify", "--json"}, Words{"verify", "--quick", "--json"}}) {
    const Finished verify = run(words);
    EXPECT_EQ(verify.exit_code, 9);
    const Json report = one_line(verify.out);
    ASSERT_EQ(report["divergences"].size(), 1u) << verify.out;
    const Json& one = report["divergences"][0];
    EXPECT_EQ(one["check"], "index");
    EXPECT_EQ(one["derived"], true);
    EXPECT_EQ(one["projection"], nullptr);
    EXPECT_EQ(one["position"], nullptr);
    EXPECT_GE(one["count"], 1);
    EXPECT_EQ(report["files_checked"], false);
    EXPECT_EQ(report["problems"], Json::array());
  }
  const Finished told = run({"verify"});
  EXPECT_EQ(told.exit_code, 9);
  EXPECT_NE(told.out.find("--repair"), std::string::npos) << told.out;
  EXPECT_EQ(run({"cat", id, "a.txt"}).exit_code, 6);
  EXPECT_EQ(json({"verify", "--repair"})["repaired"], true);
  EXPECT_EQ(json({"verify"})["divergences"], Json::array());
  EXPECT_EQ(run({"cat", id, "a.txt"}).exit_code, 0);
}

TEST_F(TroubleTest, LedgerTruncated) {
  json({"create", "demo"});
  fs::copy(ledger() + "/db", path("older"), fs::copy_options::recursive);
  json({"create", "demo"});
  fs::remove_all(ledger() + "/db");
  fs::rename(path("older"), ledger() + "/db");
  expect_unusable(6, {{"code", "LedgerTruncated"}, {"have", 1}, {"expected", 2}});
}

TEST_F(TroubleTest, UnsupportedVersion) {
  const std::string marker = ledger() + "/PURSER";
  std::fstream(marker, std::ios::in | std::ios::out | std::ios::binary).seekp(8).put('\x63');
  expect_unusable(6,
                  {{"code", "UnsupportedVersion"}, {"what", marker}, {"found", 99}, {"known", 1}});
}

TEST_F(TroubleTest, Io) {
  const Finished init = run_program({"init", "/dev/null/ledger", "--json"});
  EXPECT_EQ(init.exit_code, 8);
  const Json error = one_line(init.err)["error"];
  EXPECT_EQ(error["code"], "Io");
  EXPECT_EQ(error["path"], "/dev/null/ledger");
  EXPECT_FALSE(error["operation"].get<std::string>().empty());
  EXPECT_FALSE(error["why"].get<std::string>().empty());
}

TEST_F(TroubleTest, IoOfStandardOutput) {
  const std::string id = ready();
  for (const Words& words : {Words{"cat", id, "a.txt", "--json"}, Words{"list", "demo", "--json"},
                             Words{"--help", "--json"}}) {
    const Finished finished = run(words, {.stdout_file = "/dev/full"});
    EXPECT_EQ(finished.exit_code, 8) << words[0];
    const Json error = one_line(finished.err)["error"];
    EXPECT_EQ(error["code"], "Io");
    EXPECT_EQ(error["operation"], "write");
    EXPECT_EQ(error["path"], "standard output");
  }
}

TEST_F(TroubleTest, NoSpace) {
  const Words words{"create", "demo", "--disk-reserve", "9223372036854775808"};
  const Json error = one_line(run({words[0], words[1], words[2], words[3], "--json"}).err)["error"];
  ASSERT_TRUE(error.contains("available")) << error;
  EXPECT_GT(error["available"], 0);
  EXPECT_EQ(error["code"], "NoSpace");
  EXPECT_EQ(error["path"], ledger());
  EXPECT_EQ(error["needed"], 9223372036854775808u);
  const std::string before = answers();
  EXPECT_EQ(run(words).exit_code, 8);
  EXPECT_EQ(run({"list", "demo", "--disk-reserve", "9223372036854775808"}).exit_code, 0);
  EXPECT_EQ(answers(), before);
}

// The log may not grow over a page, so that the write of a larger event fails half-way.
TEST_F(TroubleTest, OutcomeUnknownIsSettledByTheNextRun) {
  json({"create", "demo"});
  const Words words{"create", "demo", "--request-id", "k", "--reason", std::string(4096, 'r'),
                    "--json"};
  const Finished finished = run(words, {.prelude = "trap '' XFSZ; ulimit -f 8"});
  EXPECT_EQ(finished.exit_code, 7) << finished.err;
  EXPECT_EQ(finished.out, "");
  Json error = one_line(finished.err)["error"];
  error.erase("message");
  EXPECT_EQ(error, (Json{{"code", "OutcomeUnknown"}, {"request_id", "k"}, {"position", 2}}));
  EXPECT_EQ(json(words)["position"], 2);
  EXPECT_EQ(json({"log"})["items"].size(), 2u);
}

TEST_F(TroubleTest, CancelledByASignal) {
  const std::string id = building();
  for (const int number : {SIGINT, SIGTERM}) {
    Running store({"--ledger", ledger(), "store", id, "-", "--as", "big", "--json"});
    store.write(std::string(4 << 20, 'x'));  // more than a pipe holds: it is being read by now
    store.signal(number);
    const Finished finished = store.finish();
    EXPECT_EQ(finished.exit_code, 1) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(one_line(finished.err)["error"]["code"], "Cancelled");
  }
  EXPECT_EQ(json({"files", id})["items"].size(), 1u);
}

}  // namespace
}  // namespace purser::tools::trouble_test
