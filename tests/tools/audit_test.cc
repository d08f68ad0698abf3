// Checkpoints and proofs as files, checked by purser-verify and by a checker in another language.
#include <sys/wait.h>

#include <fstream>
#include <sstream>

#include "tools/program_test.h"

namespace purser::tools::audit_test {
namespace {

Finished run_command(const std::string& command) {
  Finished finished;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) finished.out += static_cast<char>(c);
  finished.exit_code = WEXITSTATUS(::pclose(pipe));
  return finished;
}

Finished verify(const std::string& arguments) {
  return run_command(PURSER_VERIFIER " " + arguments);
}
// audit.py, written from the specifications alone.
Finished audit(const std::string& arguments) {
  return run_command(PURSER_PYTHON " '" PURSER_TEST_DATA "/../tools/audit.py' " + arguments);
}
testing::AssertionResult holds(const Finished& finished) {
  if (finished.exit_code == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << finished.exit_code << ": " << finished.out;
}

class AuditTest : public ProgramTest {
 protected:
  const RunOptions home{.environment = {"HOME=" + path("home"), "XDG_CONFIG_HOME"}};
  // Runs a verb and keeps what it writes to standard output in a file.
  std::string file(const std::string& name, const Words& words) const {
    return write_file(name, text(words, home));
  }
  static std::string lines(const std::string& from) {
    std::ifstream in(from, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
  }
};

TEST_F(AuditTest, WhatTheLedgerHandsOutHoldsForBothCheckers) {
  const std::string vkey = "'" + json({"key", "new"}, home)["key"].get<std::string>() + "'";
  for (int i = 0; i < 9; ++i) ready();
  const std::string older = file("older", {"checkpoint"});
  for (int i = 0; i < 7; ++i) ready();
  const std::string newer = file("newer", {"checkpoint"});
  EXPECT_EQ(text({"checkpoint", "--last"}), lines(newer));
  EXPECT_TRUE(holds(verify(newer + " --key " + vkey)));
  EXPECT_TRUE(holds(audit("checkpoint " + vkey + " " + newer)));
  for (const char* position : {"1", "17", "31", "32"}) {
    const std::string proof = file("proof", {"prove", "event", position});
    const std::string event = file("event", {"event", position});
    const Finished said = verify(proof + " --key " + vkey + " --entry " + event);
    EXPECT_TRUE(holds(said));
    EXPECT_NE(said.out.find(std::string("at position ") + position + "."), std::string::npos);
    EXPECT_TRUE(holds(audit("event " + vkey + " " + proof + " " + event)));
    EXPECT_EQ(verify(proof + " --key " + vkey + " --entry " + older).exit_code, 6);
  }
  const std::string growth = file("growth", {"prove", "consistency", "18", "32"});
  EXPECT_TRUE(holds(verify(growth + " --key " + vkey + " --older " + older)));
  EXPECT_TRUE(holds(audit("consistency " + vkey + " " + growth + " " + older)));
}

TEST_F(AuditTest, TheLogAsTilesHoldsForTheOtherChecker) {
  const std::string vkey = "'" + json({"key", "new"}, home)["key"].get<std::string>() + "'";
  const auto grow = [&](std::uint64_t size) {
    Ledger ledger = *Ledger::open(path("ledger"));
    std::vector<Command> commands(size - ledger.stats()->log_size.value, Create{"demo", {}});
    ASSERT_TRUE(ledger.apply(commands));
    ASSERT_TRUE(ledger.close());
  };
  for (const std::uint64_t size : {1u, 255u, 256u, 700u, 1024u}) {
    grow(size);
    file("checkpoint", {"checkpoint"});
    EXPECT_EQ(json({"tiles", "--into", path("log")})["size"], size);
    EXPECT_TRUE(holds(audit("tiles " + vkey + " " + path("log"))));
  }
  EXPECT_EQ(json({"tiles", "--into", path("log")}), (Json{{"size", 1024},
                                                          {"new_tiles", 0},
                                                          {"new_bundles", 0},
                                                          {"new_bytes", 0},
                                                          {"directory", path("log")}}));
  std::string tile = lines(path("log/tile/0/001"));
  tile[100] = static_cast<char>(tile[100] ^ 1);
  write_file("log/tile/0/001", tile);
  EXPECT_NE(audit("tiles " + vkey + " " + path("log")).exit_code, 0) << "it does look";
  EXPECT_EQ(run({"tiles"}).exit_code, 2);
  EXPECT_EQ(run({"tiles", "--into", ""}).exit_code, 2);
  EXPECT_EQ(run({"tiles", "--into", path("none/log")}).exit_code, 3);
}

TEST_F(AuditTest, WhatAnotherLogHandsOutHoldsForOurs) {
  ASSERT_TRUE(holds(audit("make " + path("."))));
  const std::string key = " --key \"$(cat " + path("vkey") + ")\"";
  EXPECT_TRUE(holds(verify(path("checkpoint") + key)));
  EXPECT_TRUE(holds(verify(path("proof") + key + " --entry " + path("entry"))));
  EXPECT_TRUE(holds(verify(path("growth") + key + " --older " + path("older"))));
}

TEST_F(AuditTest, AWitnessIsAskedAndItsAnswerKept) {
  const std::string vkey = "'" + json({"key", "new"}, home)["key"].get<std::string>() + "'";
  ready();
  file("checkpoint", {"checkpoint"});
  const std::string request = file("request", {"prove", "consistency", "0", "2"});
  const Finished answer = audit("cosign " + vkey + " " + request);
  ASSERT_TRUE(holds(answer));
  const std::size_t end = answer.out.find('\n');
  const std::string witness = answer.out.substr(0, end);
  const std::string line = write_file("line", answer.out.substr(end + 1));
  EXPECT_EQ(
      verify(path("checkpoint") + " --key " + vkey + " --witness '" + witness + "'").exit_code, 3);
  EXPECT_EQ(json({"cosign", line, "--witness", witness})["added"],
            Json::array({"witness.example/w1"}));
  const std::string cosigned = file("cosigned", {"checkpoint", "--last"});
  const Finished said = verify(cosigned + " --key " + vkey + " --witness '" + witness + "'");
  EXPECT_TRUE(holds(said));
  EXPECT_NE(said.out.find("Cosigned by witness.example/w1 at 2023-03-20T"), std::string::npos);
}

TEST_F(AuditTest, TheVerifierNeedsNothingThatALedgerNeeds) {
  const Finished needs = run_command("ldd " PURSER_VERIFIER);
  ASSERT_TRUE(holds(needs));
  EXPECT_NE(needs.out.find("libcrypto"), std::string::npos);
  for (const char* library : {"rocksdb", "boost", "xxhash"}) {
    EXPECT_EQ(needs.out.find(library), std::string::npos) << library;
  }
}

TEST_F(AuditTest, TheVerifierTellsMistakesFromWhatDoesNotHold) {
  const std::string vkey = json({"key", "new"}, home)["key"];
  const std::string key = " --key '" + vkey + "'";
  ready();
  const std::string checkpoint = file("checkpoint", {"checkpoint"});
  const std::string proof = file("proof", {"prove", "event", "1"});
  EXPECT_EQ(verify("--help").exit_code, 0);
  EXPECT_EQ(verify("").exit_code, 2);
  EXPECT_EQ(verify(checkpoint).exit_code, 2);
  EXPECT_EQ(verify(checkpoint + " --key rubbish").exit_code, 2);
  EXPECT_EQ(verify(checkpoint + key + " --entry " + proof).exit_code, 2);
  EXPECT_EQ(verify(proof + key).exit_code, 2);
  EXPECT_EQ(verify(path("none") + key).exit_code, 8);
  EXPECT_EQ(verify(write_file("rubbish", "rubbish\n") + key).exit_code, 2);
  std::string bent = lines(checkpoint);
  bent[bent.find("\n2\n") + 1] = '3';
  EXPECT_EQ(verify(write_file("bent", bent) + key).exit_code, 6);
  const std::string other = json({"key", "new", "--epoch", "2"}, home)["key"];
  EXPECT_EQ(verify(checkpoint + " --key '" + other + "'").exit_code, 3);
}

TEST_F(AuditTest, KeysLieOutsideTheLedgerAndOnePerEpoch) {
  const Json made = json({"key", "new"}, home);
  EXPECT_EQ(made["epoch"], 1);
  EXPECT_EQ(made["path"].get<std::string>().find(path("home/.config/purser/")), 0u);
  expect_error({"key", "new"}, 2,
               {{"code", "InvalidArgument"},
                {"what", "epoch"},
                {"why",
                 "epoch 1 has begun; a new key begins a new epoch, "
                 "from 2 on"}},
               home);
  EXPECT_EQ(json({"key", "new", "--epoch", "2", "--key", path("second")})["epoch"], 2);
  EXPECT_EQ(run({"checkpoint"}, home).exit_code, 3) << "the second key lies elsewhere";
  EXPECT_EQ(json({"checkpoint", "--key", path("second")})["epoch"], 2);
  EXPECT_EQ(run({"prove", "event", "1"}).exit_code, 2);
  EXPECT_EQ(run({"prove", "nothing", "1"}).exit_code, 2);
}

}  // namespace
}  // namespace purser::tools::audit_test
