// purser recover: what it mends, what it leaves alone, and what it says.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "purser/ledger.h"
#include "tools/program_test.h"

namespace purser::tools::recover_test {
namespace {

namespace fs = std::filesystem;

class RecoverVerb : public ProgramTest {
 protected:
  // Behind its last record the MANIFEST gets one whose checksum is wrong.
  void tear_manifest() const {
    std::string name;
    std::getline(std::ifstream(ledger() + "/db/CURRENT"), name);
    std::ofstream(ledger() + "/db/" + name, std::ios::binary | std::ios::app)
        << std::string("crc!\x5\0\x1hello", 12);
  }
};

TEST_F(RecoverVerb, MendsATornManifestAndSaysWhatItKept) {
  const std::string id = ready();
  const std::string before = answers();
  tear_manifest();
  EXPECT_EQ(run({"create", "demo"}).exit_code, 6);
  const Finished done = run_program({"recover", ledger(), "--json"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(one_line(done.out), (Json{{"path", ledger()},
                                      {"mended", true},
                                      {"log_size", 2},
                                      {"manifest_bytes_removed", 12},
                                      {"kept", ledger() + "/db.before-recover-1"}}));
  EXPECT_TRUE(fs::is_directory(ledger() + "/db.before-recover-1"));
  EXPECT_EQ(answers(), before);
  EXPECT_EQ(run({"verify"}).exit_code, 0);
  EXPECT_EQ(run({"promote", "demo", id}).exit_code, 0);
}

TEST_F(RecoverVerb, InWordsTellsWhatToRemoveAndToVerify) {
  ready();
  tear_manifest();
  const Finished done = run({"recover"});  // --ledger stands for DIR
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.out.find("db.before-recover-1; remove it"), std::string::npos) << done.out;
  EXPECT_NE(done.err.find("purser verify"), std::string::npos) << done.err;
}

TEST_F(RecoverVerb, LeavesALedgerThatOpensAsItIs) {
  ready();
  const auto before = files_on_disk();
  EXPECT_EQ(json({"recover"}), (Json{{"path", ledger()},
                                     {"mended", false},
                                     {"log_size", 2},
                                     {"manifest_bytes_removed", 0},
                                     {"kept", nullptr}}));
  EXPECT_NE(text({"recover"}).find("nothing was changed"), std::string::npos);
  EXPECT_EQ(files_on_disk(), before);
}

TEST_F(RecoverVerb, RefusesWhatItCannotMend) {
  ready();
  fs::remove(ledger() + "/db/CURRENT");
  const auto before = files_on_disk();
  const Finished done = run_program({"recover", ledger(), "--json"});
  EXPECT_EQ(done.exit_code, 6);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(one_line(done.err)["error"]["code"], "Corruption");
  EXPECT_EQ(files_on_disk(), before);
  EXPECT_NE(run({"recover"}).err.find("purser salvage DIR --into NEW"), std::string::npos);
}

TEST_F(RecoverVerb, RefusesMistakesAndABusyLedger) {
  EXPECT_EQ(run_program({"recover", path("none")}).exit_code, 3);
  EXPECT_EQ(run_program({"recover"}, {.environment = {"PURSER_LEDGER"}}).exit_code, 2);
  EXPECT_EQ(run({"recover", path("another")}).exit_code, 2);
  EXPECT_EQ(run({"recover", "--dry-run"}).exit_code, 2);
  EXPECT_EQ(run({"recover", "--request-id", "k"}).exit_code, 2);
  EXPECT_EQ(run_program({"recover", ledger(), "more"}).exit_code, 2);
  auto writer = Ledger::open(ledger());
  ASSERT_TRUE(writer) << writer.error().message();
  expect_error({"recover"}, 5, {{"code", "Busy"}, {"pid", ::getpid()}});
  ASSERT_TRUE(writer->close());
}

}  // namespace
}  // namespace purser::tools::recover_test
