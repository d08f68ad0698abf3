// Every verb that records events or edits files, as it is meant to be used.
#include <filesystem>

#include "tools/program_test.h"

namespace purser::tools::commands_test {
namespace {

class CommandsTest : public ProgramTest {};

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

const std::vector<std::string> kDeploymentAnswerKeys{"id",
                                                     "identifier",
                                                     "owner_key",
                                                     "source_ref",
                                                     "labels",
                                                     "status",
                                                     "artifact",
                                                     "failure",
                                                     "bad",
                                                     "pinned",
                                                     "created_at",
                                                     "terminated_at",
                                                     "artifact_deleted_at",
                                                     "position",
                                                     "unchanged",
                                                     "replayed"};

TEST_F(CommandsTest, InitMakesALedgerAndTellsItsId) {
  const Finished made = run_program({"init", path("new"), "--json"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  const Json json = one_line(made.out);
  EXPECT_EQ(json["path"], path("new"));
  EXPECT_EQ(json["ledger_id"].get<std::string>().size(), 32u);
  const Finished stats = run_program({"--ledger", path("new"), "stats", "--json"});
  EXPECT_EQ(one_line(stats.out)["ledger_id"], json["ledger_id"]);
  const Finished named = run_program({"--ledger", path("other"), "init"});
  EXPECT_EQ(named.exit_code, 0) << named.err;
  EXPECT_NE(named.out.find("created ledger "), std::string::npos);
}

TEST_F(CommandsTest, CreateAnswersWithTheDeployment) {
  const Json json = this->json(
      {"create", "project:demo", "--source-ref", "sha-1", "--label", "b=2", "--label", "a=x=y"});
  EXPECT_EQ(keys_of(json), kDeploymentAnswerKeys);
  EXPECT_EQ(json["id"], 1);
  EXPECT_EQ(json["identifier"].get<std::string>().size(), 36u);
  EXPECT_EQ(json["owner_key"], "project:demo");
  EXPECT_EQ(json["source_ref"], "sha-1");
  EXPECT_EQ(json["labels"], (Json{{"a", "x=y"}, {"b", "2"}}));
  EXPECT_EQ(json["status"], "building");
  for (const char* key :
       {"artifact", "failure", "bad", "pinned", "terminated_at", "artifact_deleted_at"}) {
    EXPECT_TRUE(json[key].is_null()) << key;
  }
  EXPECT_EQ(json["created_at"].get<std::string>().size(), 27u);
  EXPECT_EQ(json["position"], 1);
  EXPECT_EQ(json["unchanged"], false);
  EXPECT_EQ(json["replayed"], false);
  EXPECT_NE(text({"create", "project:demo"}).find("deployment 2 ("), std::string::npos);
}

TEST_F(CommandsTest, StoreTakesAFolderAFileOrStandardInput) {
  const std::string id = json({"create", "demo"})["id"].dump();
  const Json folder = json({"store", id, write_site("site")});
  EXPECT_EQ(keys_of(folder),
            (std::vector<std::string>{"files", "bytes", "new_bytes", "trusted_files"}));
  EXPECT_EQ(folder["files"], 3);
  EXPECT_EQ(folder["bytes"], 37);
  EXPECT_EQ(json({"store", id, write_file("extra.txt", "extra")})["files"], 1);
  EXPECT_EQ(json({"store", id, write_file("tool", "x", true), "--as", "bin/tool"})["bytes"], 1);
  EXPECT_EQ(json({"store", id, "-", "--as", "piped"}, {.input = std::string("a\0b", 3)})["bytes"],
            3);
  const Json files = json({"files", id})["items"];
  ASSERT_EQ(files.size(), 6u);
  const char* const kPaths[] = {"bin/tool",    "extra.txt", "index.html",
                                "js/v1..2.js", "piped",     "serve.sh"};
  const char* const kModes[] = {"0755", "0644", "0644", "0644", "0644", "0755"};
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(files[i]["path"], kPaths[i]);
    EXPECT_EQ(files[i]["mode"], kModes[i]) << kPaths[i];
  }
  EXPECT_EQ(text({"cat", id, "piped"}), std::string("a\0b", 3));
  EXPECT_EQ(text({"cat", id, "extra.txt", "--offset", "2"}), "tra");
  EXPECT_EQ(text({"cat", id, "extra.txt", "--offset", "1", "--length", "2", "--verify"}), "xt");
  EXPECT_EQ(run({"cat", id, "extra.txt", "--offset", "6"}).exit_code, 2);
  EXPECT_EQ(text({"store", id, path("site")}), "stored 3 files, 37 B (0 B new)\n");
}

TEST_F(CommandsTest, RemoveTakesOneFileOrAllOut) {
  const std::string id = json({"create", "demo"})["id"].dump();
  EXPECT_EQ(json({"store", id, write_site("site")})["files"], 3);
  EXPECT_EQ(json({"remove", id, "js/v1..2.js"}), (Json{{"id", 1}, {"path", "js/v1..2.js"}}));
  EXPECT_EQ(json({"files", id})["items"].size(), 2u);
  EXPECT_EQ(json({"remove", id, "--all"}), (Json{{"id", 1}, {"path", nullptr}}));
  EXPECT_EQ(json({"files", id})["items"].size(), 0u);
  EXPECT_EQ(text({"remove", id, "--all"}), "removed all files from deployment 1\n");
}

TEST_F(CommandsTest, ReadySealsTheFiles) {
  const Json json = this->json({"ready", building()});
  EXPECT_EQ(keys_of(json), kDeploymentAnswerKeys);
  EXPECT_EQ(json["status"], "ready");
  EXPECT_EQ(keys_of(json["artifact"]),
            (std::vector<std::string>{"kind", "digest", "files", "bytes"}));
  EXPECT_EQ(json["artifact"]["kind"], "stored");
  EXPECT_EQ(json["artifact"]["digest"].get<std::string>().size(), 64u);
  EXPECT_EQ(json["artifact"]["files"], 1);
  EXPECT_EQ(json["artifact"]["bytes"], 10);
  EXPECT_FALSE(json["terminated_at"].is_null());
  EXPECT_NE(text({"ready", building()}).find(" of demo is ready\n"), std::string::npos);
}

TEST_F(CommandsTest, ReadyRecordsAnArtifactElsewhere) {
  const std::string id = json({"create", "demo"})["id"].dump();
  const Json json = this->json({"ready", id, "--external", "s3://bucket/1", "--bytes", "77"});
  EXPECT_EQ(json["artifact"],
            (Json{{"kind", "external"}, {"location", "s3://bucket/1"}, {"bytes", 77}}));
}

TEST_F(CommandsTest, ReadyTakesAnEmptyArtifactIfAskedTo) {
  const std::string id = json({"create", "demo"})["id"].dump();
  EXPECT_EQ(json({"ready", id, "--allow-empty"})["artifact"]["files"], 0);
}

TEST_F(CommandsTest, FailKeepsCodeMessageAndFiles) {
  const std::string id = building();
  const Json json = this->json({"fail", id, "--code", "tests", "--message", "2 of 3\nfailed"});
  EXPECT_EQ(json["status"], "failed");
  EXPECT_EQ(json["failure"], (Json{{"code", "tests"}, {"message", "2 of 3\nfailed"}}));
  EXPECT_EQ(text({"cat", id, "a.txt"}), "made for 1");
  EXPECT_NE(text({"fail", building(), "--code", "c", "--message", "m"}).find("has failed"),
            std::string::npos);
}

TEST_F(CommandsTest, PointersMoveAndTellFromWhereToWhere) {
  const std::string first = ready();
  const std::string second = ready();
  const Json one = json({"promote", "demo", first, "--reason", "first"});
  EXPECT_EQ(keys_of(one),
            (std::vector<std::string>{"position", "generation", "active", "previous", "unchanged",
                                      "replayed", "owner_key", "channel", "skipped"}));
  EXPECT_EQ(one["generation"], 1);
  EXPECT_EQ(one["active"], 1);
  EXPECT_TRUE(one["previous"].is_null());
  EXPECT_EQ(text({"promote", "demo", second}), "live of demo: 2 is active, 1 was (generation 2)\n");
  const Json back = json({"rollback", "demo"});
  EXPECT_EQ(back["active"], 1);
  EXPECT_EQ(back["previous"], 2);
  const Json to = json({"rollback", "demo", "--to", second, "--expect", "3"});
  EXPECT_EQ(to["active"], 2);
  const Json none = json({"clear", "demo"});
  EXPECT_TRUE(none["active"].is_null());
  EXPECT_EQ(none["previous"], 2);
  EXPECT_EQ(text({"clear", "demo"}),
            "live of demo: nothing is active, 2 was (generation 5) [unchanged]\n");
}

TEST_F(CommandsTest, RollbackTellsWhatItPassedOver) {
  for (int i = 0; i < 3; ++i) json({"promote", "demo", ready()});
  EXPECT_EQ(json({"mark-bad", "2", "--reason", "slow"})["bad"]["reason"], "slow");
  const Json back = json({"rollback", "demo", "--mark-bad", "--reason", "broken"});
  EXPECT_EQ(back["active"], 1);
  ASSERT_FALSE(back["skipped"].empty());
  EXPECT_EQ(back["skipped"][0], (Json{{"deployment", 2}, {"why", "bad"}}));
  EXPECT_EQ(json({"show", "3"})["bad"]["reason"], "broken");
}

TEST_F(CommandsTest, ChannelsStandForThemselves) {
  const std::string id = ready();
  EXPECT_EQ(json({"promote", "demo", id, "--channel", "beta"})["channel"], "beta");
  EXPECT_EQ(json({"active", "demo", "--channel", "beta"})["id"], 1);
  EXPECT_EQ(run({"active", "demo"}).exit_code, 3);
}

TEST_F(CommandsTest, MarksComeAndGo) {
  const std::string id = ready();
  const Json bad = json({"mark-bad", id, "--reason", "slow", "--actor", "eve"})["bad"];
  EXPECT_EQ(keys_of(bad), (std::vector<std::string>{"actor", "reason", "time"}));
  EXPECT_EQ(bad["actor"], "eve");
  EXPECT_TRUE(json({"unmark-bad", id})["bad"].is_null());
  EXPECT_NE(text({"mark-bad", id}).find("is marked bad"), std::string::npos);
  EXPECT_NE(text({"unmark-bad", id}).find("is not marked bad"), std::string::npos);
}

TEST_F(CommandsTest, DeleteArtifactKeepsTheRecord) {
  const std::string id = ready();
  EXPECT_FALSE(json({"delete-artifact", id})["artifact_deleted_at"].is_null());
  EXPECT_EQ(json({"show", id})["status"], "ready");
  EXPECT_NE(text({"delete-artifact", ready(), "--keep", "0"}).find("has no files any more"),
            std::string::npos);
}

TEST_F(CommandsTest, ExpireFailsWhatNeverEnded) {
  building();
  ready();
  building();
  EXPECT_EQ(json({"expire", "--older-than", "1h"})["failed"], Json::array());
  EXPECT_EQ(json({"expire", "--older-than", "0s", "--dry-run"})["failed"], (Json{1, 3}));
  EXPECT_EQ(json({"show", "1"})["status"], "building");
  EXPECT_EQ(json({"expire", "--older-than", "0s"})["failed"], (Json{1, 3}));
  EXPECT_EQ(json({"show", "1"})["failure"]["code"], "interrupted");
  building();
  EXPECT_EQ(text({"expire", "--older-than", "0s"}), "deployment 4 has failed: interrupted\n");
}

TEST_F(CommandsTest, MaterializeWritesTheSameFiles) {
  const std::string id = json({"create", "demo"})["id"].dump();
  json({"store", id, write_site("site")});
  const Json json = this->json({"materialize", id, path("out")});
  EXPECT_EQ(json, (Json{{"id", 1},
                        {"files", 3},
                        {"bytes", 37},
                        {"shared_files", 0},
                        {"directory", path("out")},
                        {"current", nullptr}}));
  const auto mode = [&](const std::string& name) {
    return std::filesystem::status(path(name)).permissions();
  };
  EXPECT_EQ(mode("out/serve.sh"), std::filesystem::perms(0755));
  EXPECT_EQ(mode("out/index.html"), std::filesystem::perms(0644));
  EXPECT_EQ(std::filesystem::file_size(path("out/js/v1..2.js")), 7u);
  EXPECT_EQ(text({"materialize", id, path("again")}),
            "wrote 3 files, 37 B, to " + path("again") + "\n");
}

TEST_F(CommandsTest, MaterializeLinksToAnOlderFolderAndMovesTheLinkToTheNewOne) {
  const std::string id = json({"create", "demo"})["id"].dump();
  json({"store", id, write_site("site")});
  json({"materialize", id, path("1"), "--current", path("current")});
  const Json second =
      json({"materialize", id, path("2"), "--link-from", path("1"), "--current", path("current")});
  EXPECT_EQ(second["shared_files"], 3);
  EXPECT_EQ(second["current"], path("current"));
  EXPECT_EQ(std::filesystem::read_symlink(path("current")), "2");
  EXPECT_TRUE(std::filesystem::equivalent(path("1/serve.sh"), path("2/serve.sh")));
  const Finished cloned =
      run({"materialize", id, path("3"), "--link-from", path("1"), "--reflink"});
  EXPECT_EQ(cloned.exit_code, 0) << cloned.err;
  EXPECT_FALSE(std::filesystem::equivalent(path("1/serve.sh"), path("3/serve.sh")));
  EXPECT_EQ(run({"materialize", id, path("4"), "--reflink"}).exit_code, 2);
  EXPECT_EQ(run({"materialize", id, path("4"), "--current", ledger()}).exit_code, 4);
  EXPECT_FALSE(std::filesystem::exists(path("4")));
}

TEST_F(CommandsTest, CompressionLevelAndTrustAreOptionsOfStoreAndDeploy) {
  const std::string site = write_site("site");
  const std::string digest = json({"deploy", "demo", site})["artifact"]["digest"];
  for (const char* level : {"0", "19"}) {
    const Json deployed =
        json({"deploy", "demo" + std::string(level), site, "--compression-level", level});
    EXPECT_EQ(deployed["artifact"]["digest"], digest);
  }
  EXPECT_EQ(run({"deploy", "demo", site, "--compression-level", "20"}).exit_code, 2);
  EXPECT_EQ(json({"deploy", "demo", site, "--trust-mtime"})["artifact"]["digest"], digest);
  const std::string file = write_file("one.txt", "1");
  const std::string id = json({"create", "demo"})["id"].dump();
  EXPECT_EQ(run({"store", id, file, "--trust-mtime"}).exit_code, 2);
}

TEST_F(CommandsTest, RebuildGivesTheSameAnswers) {
  json({"promote", "demo", ready()});
  const std::string before = answers();
  const Json projections = json({"rebuild"})["projections"];
  EXPECT_FALSE(projections.empty());
  for (const Json& one : projections) {
    EXPECT_EQ(keys_of(one),
              (std::vector<std::string>{"projection", "version", "build", "events", "rows"}));
  }
  EXPECT_EQ(answers(), before);
  EXPECT_EQ(text({"rebuild"}).find("PROJECTION"), 0u);
}

TEST_F(CommandsTest, ARetryWithTheSameRequestIdIsAnsweredFromTheFirst) {
  const Json first = json({"create", "demo", "--request-id", "k1"});
  const Json again = json({"create", "demo", "--request-id", "k1", "--reason", "again"});
  EXPECT_EQ(again["replayed"], true);
  EXPECT_EQ(again["id"], first["id"]);
  EXPECT_EQ(again["position"], first["position"]);
  EXPECT_NE(text({"create", "demo", "--request-id", "k1"}).find("[done before"), std::string::npos);
}

TEST_F(CommandsTest, ADryRunTellsAndWritesNothing) {
  const std::string id = building();
  const std::string before = answers();
  EXPECT_TRUE(json({"create", "demo", "--dry-run"})["position"].is_null());
  EXPECT_EQ(json({"ready", id, "--dry-run"})["status"], "ready");
  EXPECT_EQ(json({"fail", id, "--code", "c", "--message", "m", "--dry-run"})["status"], "failed");
  EXPECT_FALSE(json({"mark-bad", id, "--dry-run"})["bad"].is_null());
  EXPECT_NE(text({"ready", id, "--dry-run"}).find("[dry run: nothing was written]"),
            std::string::npos);
  EXPECT_EQ(answers(), before);
}

TEST_F(CommandsTest, AnUnchangedPointerIsSaidToBe) {
  json({"promote", "demo", ready()});
  const Json again = json({"promote", "demo", "1"});
  EXPECT_EQ(again["unchanged"], true);
  EXPECT_TRUE(again["position"].is_null());
  EXPECT_EQ(again["generation"], 1);
}

TEST_F(CommandsTest, TheActorIsTheUserUnlessNamed) {
  json({"create", "demo"});
  json({"create", "demo", "--actor", "ci:7"});
  const Json events = json({"log"})["items"];
  EXPECT_FALSE(events[0]["actor"].get<std::string>().empty());
  EXPECT_NE(events[0]["actor"], "library");
  EXPECT_EQ(events[1]["actor"], "ci:7");
}

TEST_F(CommandsTest, AnIdentifierOrItsBeginningStandsForTheId) {
  const std::string identifier = json({"create", "demo"})["identifier"];
  EXPECT_EQ(json({"show", identifier})["id"], 1);
  std::size_t length = 4;  // at least, and with a character that is no digit
  while (identifier.find_first_not_of("0123456789") >= length) ++length;
  EXPECT_EQ(json({"show", identifier.substr(0, length)})["id"], 1);
}

}  // namespace
}  // namespace purser::tools::commands_test
