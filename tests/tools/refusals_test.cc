// Every error by which the rules refuse: the exit code, the JSON with its fields, the line of text,
// and that nothing has changed.
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "purser/ledger.h"
#include "tools/program_test.h"

namespace purser::tools::refusals_test {
namespace {

namespace fs = std::filesystem;

class RefusalsTest : public ProgramTest {};

TEST_F(RefusalsTest, NotFound) {
  const Json error{{"code", "NotFound"}, {"id", 9}, {"what", "deployment 9"}};
  expect_error({"show", "9"}, 3, error);
  expect_error({"ready", "9"}, 3, error);
  expect_error({"files", "9"}, 3, error);
  expect_error({"store", "9", write_file("a", "x")}, 3, error);
  expect_error({"promote", "demo", "9"}, 3, error);
  expect_error({"mark-bad", "9"}, 3, error);
}

TEST_F(RefusalsTest, NotFoundNamesTheLedgerOrTheFileOutside) {
  const Finished finished = run_program({"--ledger", path("none"), "owners", "--json"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(one_line(finished.err)["error"]["code"], "NotFound");
  EXPECT_NE(finished.err.find(path("none")), std::string::npos);
  const std::string id = building();
  expect_error({"store", id, path("missing")}, 3,
               {{"code", "NotFound"}, {"id", nullptr}, {"what", "'" + path("missing") + "'"}});
}

TEST_F(RefusalsTest, PathNotFound) {
  const std::string id = building();
  const Json error{{"code", "PathNotFound"}, {"id", 1}, {"path", "b.txt"}};
  expect_error({"cat", id, "b.txt"}, 3, error);
  expect_error({"remove", id, "b.txt"}, 3, error);
}

TEST_F(RefusalsTest, NotBuilding) {
  const Json error{{"code", "NotBuilding"}, {"id", 1}, {"status", "ready"}};
  const std::string id = ready();
  expect_error({"ready", id}, 4, error);
  expect_error({"fail", id, "--code", "c", "--message", "m"}, 4, error);
}

TEST_F(RefusalsTest, NotReady) {
  const std::string id = building();
  expect_error({"promote", "demo", id}, 4,
               {{"code", "NotReady"}, {"id", 1}, {"status", "building"}});
  json({"fail", id, "--code", "c", "--message", "m"});
  expect_error({"promote", "demo", id}, 4, {{"code", "NotReady"}, {"id", 1}, {"status", "failed"}});
}

TEST_F(RefusalsTest, EmptyArtifact) {
  const std::string id = json({"create", "demo"})["id"].dump();
  expect_error({"ready", id}, 4, {{"code", "EmptyArtifact"}, {"id", 1}});
}

TEST_F(RefusalsTest, ArtifactDeleted) {
  const std::string id = ready();
  const std::string when = json({"delete-artifact", id})["artifact_deleted_at"];
  const Json error{{"code", "ArtifactDeleted"}, {"id", 1}, {"when", when}};
  expect_error({"promote", "demo", id}, 4, error);
  expect_error({"cat", id, "a.txt"}, 4, error);
  expect_error({"files", id}, 4, error);
  expect_error({"materialize", id, path("out")}, 4, error);
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(RefusalsTest, WrongOwner) {
  expect_error({"promote", "other", ready()}, 4,
               {{"code", "WrongOwner"}, {"id", 1}, {"owner", "other"}, {"actual", "demo"}});
}

TEST_F(RefusalsTest, MarkedBad) {
  const std::string id = ready();
  json({"mark-bad", id, "--reason", "slow"});
  expect_error({"promote", "demo", id}, 4, {{"code", "MarkedBad"}, {"id", 1}, {"reason", "slow"}});
  EXPECT_EQ(json({"promote", "demo", id, "--allow-bad"})["active"], 1);
}

TEST_F(RefusalsTest, Conflict) {
  const std::string id = ready();
  const Json error{{"code", "Conflict"}, {"expected", 7}, {"actual", 0}};
  expect_error({"promote", "demo", id, "--expect", "7"}, 4, error);
  expect_error({"clear", "demo", "--expect", "7"}, 4, error);
  EXPECT_EQ(json({"promote", "demo", id, "--expect", "0"})["generation"], 1);
}

TEST_F(RefusalsTest, NotOlder) {
  const std::string older = ready();
  json({"promote", "demo", ready()});
  expect_error({"promote", "demo", older, "--not-older"}, 4,
               {{"code", "NotOlder"}, {"id", 1}, {"active", 2}});
  EXPECT_EQ(json({"promote", "demo", older})["active"], 1);
}

TEST_F(RefusalsTest, NoPreviousDeployment) {
  json({"promote", "demo", ready()});
  json({"promote", "demo", ready()});
  json({"mark-bad", "1"});
  expect_error({"rollback", "demo"}, 4,
               {{"code", "NoPreviousDeployment"},
                {"owner", "demo"},
                {"channel", "live"},
                {"skipped", Json::array({Json{{"deployment", 1}, {"why", "bad"}}})}});
}

TEST_F(RefusalsTest, Sealed) {
  const std::string id = ready();
  const Json error{{"code", "Sealed"}, {"id", 1}};
  expect_error({"store", id, write_file("b", "x")}, 4, error);
  expect_error({"store", id, write_site("site")}, 4, error);
  expect_error({"remove", id, "a.txt"}, 4, error);
  expect_error({"remove", id, "--all"}, 4, error);
}

TEST_F(RefusalsTest, InvalidPathInTheArtifact) {
  const std::string id = building();
  for (const char* name : {"../up", "/etc/x", "a//b", "a/./b", "a\\b", "tab\there", ""}) {
    const Finished finished = run({"store", id, "-", "--as", name, "--json"}, {.input = "x"});
    EXPECT_EQ(finished.exit_code, 2) << name;
    const Json error = one_line(finished.err)["error"];
    EXPECT_EQ(error["code"], "InvalidPath") << name;
    EXPECT_EQ(error["path"], name);
    EXPECT_FALSE(error["why"].get<std::string>().empty());
  }
  EXPECT_EQ(json({"files", id})["items"].size(), 1u);
  EXPECT_EQ(run({"cat", id, "../up"}).exit_code, 2);
  EXPECT_EQ(run({"remove", id, "../up"}).exit_code, 2);
}

TEST_F(RefusalsTest, InvalidPathOutside) {
  const std::string id = building();
  fs::create_symlink(write_site("site"), path("link"));
  expect_error({"store", id, path("link")}, 2,
               {{"code", "InvalidPath"},
                {"path", path("link")},
                {"why", "a symbolic link; name what it points at"}});
  fs::create_symlink("index.html", path("site/link"));
  const Finished tree = run({"store", id, path("site"), "--json"});
  EXPECT_EQ(tree.exit_code, 2);
  EXPECT_EQ(one_line(tree.err)["error"]["code"], "InvalidPath");
  EXPECT_NE(tree.err.find("link"), std::string::npos);
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  expect_error({"store", id, path("fifo")}, 2,
               {{"code", "InvalidPath"},
                {"path", path("fifo")},
                {"why", "neither a regular file nor a folder"}});
}

TEST_F(RefusalsTest, InvalidArgument) {
  const std::string id = building();
  const auto refuse = [&](const Words& words, const char* what) {
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, 2) << words[0];
    Words with_json = words;
    with_json.emplace_back("--json");
    const Json error = one_line(run(with_json).err)["error"];
    EXPECT_EQ(error["code"], "InvalidArgument") << finished.err;
    EXPECT_EQ(error["what"], what) << finished.err;
    EXPECT_FALSE(error["why"].get<std::string>().empty());
  };
  const std::string before = answers();
  refuse({"show", "0"}, "ID");
  refuse({"show", "18446744073709551616"}, "ID");
  refuse({"create", "demo", "--label", "x"}, "--label");
  refuse({"create", "demo", "--actor", ""}, "--actor");
  refuse({"create", "demo", "--request-id", ""}, "--request-id");
  refuse({"store", id, "-"}, "--as");
  refuse({"store", id, write_site("site"), "--as", "x"}, "--as");
  refuse({"ready", id, "--external", "x", "--bytes", "-1"}, "--bytes");
  refuse({"rollback", "demo", "--steps", "0"}, "--steps");
  refuse({"promote", "demo", id, "--expect", "x"}, "--expect");
  refuse({"list", "demo", "--status", "gone"}, "--status");
  refuse({"list", "demo", "--limit", "0"}, "--limit");
  refuse({"log", "--kind", "gone"}, "--kind");
  refuse({"log", "--since", "gone"}, "--since");
  refuse({"expire", "--older-than", "soon"}, "--older-than");
  refuse({"delete-artifact", id, "--keep", "x"}, "--keep");
  refuse({"deploy", "demo", "-"}, "PATH");
  refuse({"remove", id}, "PATH");
  refuse({"create", ""}, "owner");
  refuse({"create", "tab\there"}, "owner");
  refuse({"create", "\xff"}, "owner");
  refuse({"clear", "demo", "--channel", ""}, "channel");
  EXPECT_EQ(run({"list", "demo", "--after", "gone"}).exit_code, 2);
  EXPECT_EQ(run({"show", "abc"}).exit_code, 2) << "a prefix needs four characters";
  EXPECT_EQ(answers(), before);
}

TEST_F(RefusalsTest, APrefixOfSeveralListsThem) {
  // Identifiers are random: after some, two begin alike in few characters with a letter. A prefix
  // has four, so they are drawn until a pair does; the chance of a long run is small.
  std::map<std::string, std::string> seen;
  auto ledger = Ledger::open(this->ledger());
  ASSERT_TRUE(ledger);
  std::string prefix;
  Words pair;
  while (prefix.empty()) {
    const std::string identifier = ledger->create("demo").value().identifier;
    const std::string start = identifier.substr(0, 4);
    if (start.find_first_not_of("0123456789") == std::string::npos) continue;
    const auto [earlier, fresh] = seen.emplace(start, identifier);
    if (fresh) continue;
    prefix = start;
    pair = {earlier->second, identifier};
  }
  ASSERT_TRUE(ledger->close());
  const Finished finished = run({"show", prefix, "--json"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_EQ(one_line(finished.err)["error"]["code"], "InvalidArgument");
  for (const std::string& one : pair) {
    EXPECT_NE(finished.err.find(one), std::string::npos) << finished.err;
  }
}

TEST_F(RefusalsTest, LimitExceeded) {
  const std::string id = building();
  const auto refuse = [&](const Words& words, int limit, int actual) {
    const Json error = one_line(run(words).err)["error"];
    EXPECT_EQ(error["code"], "LimitExceeded") << error;
    EXPECT_EQ(error["limit"], limit) << error;
    EXPECT_EQ(error["actual"], actual) << error;
    EXPECT_EQ(run(words).exit_code, 2);
  };
  const std::string before = answers();
  refuse({"create", std::string(256, 'o'), "--json"}, 255, 256);
  refuse({"create", "o", "--source-ref", std::string(1025, 's'), "--json"}, 1024, 1025);
  refuse({"create", "o", "--reason", std::string(4097, 'r'), "--json"}, 4096, 4097);
  refuse({"create", "o", "--actor", std::string(256, 'a'), "--json"}, 255, 256);
  refuse({"create", "o", "--request-id", std::string(129, 'k'), "--json"}, 128, 129);
  refuse({"create", "o", "--label", std::string(129, 'k') + "=v", "--json"}, 128, 129);
  refuse({"create", "o", "--label", "k=" + std::string(1025, 'v'), "--json"}, 1024, 1025);
  refuse({"clear", "o", "--channel", std::string(129, 'c'), "--json"}, 128, 129);
  refuse({"fail", id, "--code", std::string(129, 'c'), "--message", "m", "--json"}, 128, 129);
  refuse({"fail", id, "--code", "c", "--message", std::string(8193, 'm'), "--json"}, 8192, 8193);
  refuse({"list", "o", "--limit", "1001", "--json"}, 1000, 1001);
  Words labels{"create", "o", "--json"};
  for (int i = 0; i < 65; ++i) {
    labels.insert(labels.end(), {"--label", "k" + std::to_string(i) + "=v"});
  }
  refuse(labels, 64, 65);
  EXPECT_EQ(answers(), before);
}

TEST_F(RefusalsTest, RequestIdReused) {
  json({"create", "demo", "--request-id", "k"});
  expect_error({"create", "other", "--request-id", "k"}, 4,
               {{"code", "RequestIdReused"}, {"request_id", "k"}, {"position", 1}});
}

TEST_F(RefusalsTest, InUse) {
  json({"promote", "demo", ready()});
  json({"promote", "demo", ready()});
  const auto error = [](int id, const char* role) {
    return Json{{"code", "InUse"},
                {"id", id},
                {"referrers",
                 Json::array({Json{{"channel", "live"}, {"role", role}, {"reason", nullptr}}})}};
  };
  expect_error({"delete-artifact", "2"}, 4, error(2, "active"));
  expect_error({"delete-artifact", "1"}, 4, error(1, "rollback_target"));
  json({"pin", "1", "--reason", "audit"});
  expect_error(
      {"delete-artifact", "1", "--keep", "0"}, 4,
      {{"code", "InUse"},
       {"id", 1},
       {"referrers",
        Json::array({Json{{"channel", nullptr}, {"role", "pinned"}, {"reason", "audit"}}})}});
  json({"unpin", "1"});
  EXPECT_FALSE(json({"delete-artifact", "1", "--keep", "0"})["artifact_deleted_at"].is_null());
}

TEST_F(RefusalsTest, AlreadyExists) {
  const std::string id = building();
  const std::string full = write_site("site");
  expect_error({"materialize", id, full}, 4,
               {{"code", "AlreadyExists"}, {"path", full}, {"what", "a folder that is not empty"}});
  const Finished init = run_program({"init", full, "--json"});
  EXPECT_EQ(init.exit_code, 4);
  EXPECT_EQ(one_line(init.err)["error"]["code"], "AlreadyExists");
  EXPECT_FALSE(fs::exists(full + "/PURSER"));
  EXPECT_EQ(run_program({"init", ledger()}).exit_code, 4) << "a ledger is there already";
  const Finished clash = run({"store", id, "-", "--as", "a.txt/b", "--json"}, {.input = "x"});
  EXPECT_EQ(clash.exit_code, 4);
  EXPECT_EQ(one_line(clash.err)["error"]["code"], "AlreadyExists");
}

}  // namespace
}  // namespace purser::tools::refusals_test
