// The scripts of docs/examples on samples of what other tools record (tests/data/import/README.md),
// and what `purser import-log` makes of it.
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include "tools/program_test.h"

namespace purser::tools::examples_test {
namespace {

constexpr char kCapistrano[] = "capistrano-to-log";
constexpr char kKubectl[] = "kubectl-to-log";
constexpr char kGithub[] = "github-to-log";

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string sample(const std::string& name) {
  return bytes_of(std::string(PURSER_TEST_DATA "/import/") + name);
}

std::string name_of(const Json& deployment) { return deployment["labels"]["imported_as"]; }

std::string digits_of(std::string time) {
  std::erase_if(time, [](char c) { return c < '0' || c > '9'; });
  return time;
}

class Examples : public ProgramTest {
 protected:
  // Runs a script of docs/examples for the owner `demo`.
  [[nodiscard]] Finished convert(const std::string& script, const std::string& input) const {
    const std::string from = write_file("input", input);
    const std::string to = path("output");
    const std::string errors = path("errors");
    const std::string command = PURSER_PYTHON " '" PURSER_TEST_DATA "/../../docs/examples/" +
                                script + "' demo <'" + from + "' >'" + to + "' 2>'" + errors + "'";
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), bytes_of(to), bytes_of(errors)};
  }

  // Makes the ledger from what the script says; the answer of import-log.
  [[nodiscard]] Json import(const std::string& script, const std::string& input) const {
    const Finished converted = convert(script, input);
    EXPECT_EQ(converted.exit_code, 0) << converted.err;
    EXPECT_EQ(converted.err, "");
    const Finished imported =
        run_program({"import-log", ledger(), write_file("history.jsonl", converted.out), "--json"});
    EXPECT_EQ(imported.exit_code, 0) << imported.err;
    const Finished verified = run({"verify"});
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
    return one_line(imported.out);
  }

  void expect_not_understood(const std::string& script, const std::string& input,
                             const std::string& line) const {
    const Finished finished = convert(script, input);
    EXPECT_EQ(finished.exit_code, 1) << input;
    EXPECT_EQ(finished.out, "") << input;
    EXPECT_EQ(finished.err.substr(0, line.size() + 2), line + ": ") << finished.err;
  }

  // Oldest first.
  [[nodiscard]] std::vector<Json> all(Words words) const {
    words.insert(words.end(), {"--all", "--json"});
    std::vector<Json> items = lines_of(text(words));
    if (words.front() != "log") std::reverse(items.begin(), items.end());
    return items;
  }
  // When an activation happened. Those that happened at one moment stand a microsecond apart.
  [[nodiscard]] std::string happened(const Json& activation) const {
    const Json event = all({"log"}).at(activation["position"].get<std::size_t>() - 1);
    return event["wall_time"].is_null() ? event["time"] : event["wall_time"];
  }
  // Names of deployments, in the order in which they became active.
  [[nodiscard]] std::vector<std::string> moves(const std::string& channel = "live") const {
    std::map<Json, std::string> names;
    for (const Json& one : all({"list", "demo"})) names[one["id"]] = name_of(one);
    std::vector<std::string> moves;
    for (const Json& move : all({"activations", "demo", "--channel", channel})) {
      moves.push_back(move["cause"].get<std::string>() + " " + names[move["deployment"]]);
    }
    return moves;
  }
  [[nodiscard]] std::string active(const std::string& channel = "live") const {
    return name_of(json({"active", "demo", "--channel", channel}));
  }
};

TEST_F(Examples, EveryReleaseOfCapistranoIsThereAndTheLastOneIsActive) {
  const std::string log = sample("revisions.log");
  EXPECT_EQ(import(kCapistrano, log)["movements"], 14);
  const auto deployments = all({"list", "demo"});
  const auto activations = all({"activations", "demo"});
  ASSERT_EQ(deployments.size(), 14U);
  ASSERT_EQ(activations.size(), 14U);
  const std::regex deployed(R"(Branch (\w+) \(at (\w+)\) deployed as release (\d+) by (\w+))");
  std::istringstream lines(log);
  std::string line;
  std::size_t at = 0;
  for (; std::getline(lines, line); ++at) {
    EXPECT_EQ(activations.at(at)["deployment"], deployments.at(at)["id"]) << line;
    std::smatch found;
    if (!std::regex_match(line, found, deployed)) continue;
    EXPECT_EQ(deployments[at]["labels"]["branch"], found[1].str());
    EXPECT_EQ(deployments[at]["source_ref"], found[2].str());
    EXPECT_EQ(name_of(deployments[at]), found[3].str());
    EXPECT_EQ(digits_of(deployments[at]["created_at"]), found[3].str() + "000000");
    EXPECT_EQ(activations[at]["cause"], "promote");
    EXPECT_EQ(activations[at]["actor"], found[4].str());
    EXPECT_EQ(digits_of(happened(activations[at])), found[3].str() + "000000");
  }
  EXPECT_EQ(at, 14U);
  EXPECT_EQ(active(), "20170626085307");
}

// The release has no line: its deployment had failed after it went live.
TEST_F(Examples, WhatCapistranoWentBackToIsActiveThenAlthoughNobodyKnowsWhen) {
  const Json report = import(kCapistrano, sample("revisions.log"));
  EXPECT_EQ(report["unknown_times"].get<int>() - report["implied"].get<int>(), 1);
  const Json deployment = all({"list", "demo"})[7];
  EXPECT_EQ(name_of(deployment), "20170626072804");
  EXPECT_EQ(deployment["source_ref"], nullptr);
  const auto activations = all({"activations", "demo"});
  EXPECT_EQ(activations[7]["cause"], "restore");
  EXPECT_GT(activations[7]["time"], activations[6]["time"]);
  EXPECT_LT(activations[7]["time"], activations[8]["time"]);
}

TEST_F(Examples, ACapistranoThatGoesBackToAnEarlierReleaseRollsBack) {
  EXPECT_EQ(import(kCapistrano, sample("revisions-gitcopy.log") +
                                    "hiroaki rolled back to release 20150401125702\n")["movements"],
            3);
  const std::vector<std::string> expected{"promote 20150401125702", "promote 20150401134017",
                                          "rollback 20150401125702"};
  EXPECT_EQ(moves(), expected);
  EXPECT_EQ(active(), "20150401125702");
}

TEST_F(Examples, ACommitThatCapistranoDidNotKnowIsNoSourceRef) {
  EXPECT_EQ(import(kCapistrano, sample("revisions-gitcopy.log") +
                                    "Branch feature/a b deployed as release 20150402000000 by x\n"
                                    "\n")["deployments"],
            3);
  const auto deployments = all({"list", "demo"});
  EXPECT_EQ(deployments[0]["source_ref"], "ebb8860");
  EXPECT_EQ(deployments[1]["source_ref"], nullptr);
  EXPECT_EQ(deployments[2]["source_ref"], nullptr);
  EXPECT_EQ(deployments[2]["labels"]["branch"], "feature/a b");
}

TEST_F(Examples, EveryReplicaSetOfARolloutHistoryIsThereAndTheLastOneIsActive) {
  const Json report = import(kKubectl, sample("rollout-history.json"));
  EXPECT_EQ(report["movements"], 2);
  EXPECT_EQ(report["unchanged"], 1);  // what came between the revisions 2 and 5 is gone
  const auto deployments = all({"list", "demo"});
  ASSERT_EQ(deployments.size(), 2U);
  EXPECT_EQ(deployments[0]["source_ref"], "ghcr.io/stefanprodan/podinfo:5.1.2");
  EXPECT_EQ(deployments[0]["created_at"], "2021-01-28T16:58:40.000000Z");
  EXPECT_EQ(deployments[1]["source_ref"], "ghcr.io/stefanprodan/podinfo:5.0.3");
  EXPECT_EQ(deployments[1]["created_at"], "2021-01-29T14:53:40.000000Z");
  const auto activations = all({"activations", "demo"});
  ASSERT_EQ(activations.size(), 2U);
  EXPECT_EQ(happened(activations[0]), "2021-01-28T16:58:40.000000Z");
  EXPECT_EQ(activations[0]["actor"], "unknown");
  EXPECT_EQ(happened(activations[1]), "2021-01-29T14:53:40.000000Z");
  const std::vector<std::string> expected{"promote bryan-podinfo-787c9986b5",
                                          "promote bryan-podinfo-5c5df9754b"};
  EXPECT_EQ(moves(), expected);
  EXPECT_EQ(active(), "bryan-podinfo-5c5df9754b");
}

TEST_F(Examples, RevisionsThatWentBackComeInTheOrderOfTheirNumbers) {
  const Json report = import(kKubectl, sample("rollout-history-made-up.json"));
  EXPECT_EQ(report["unknown_times"].get<int>() - report["implied"].get<int>(), 7);
  const std::vector<std::string> expected{"promote web-66b8c6c7f9",  "promote web-7c4d8f5b9b",
                                          "rollback web-66b8c6c7f9", "rollback web-7c4d8f5b9b",
                                          "promote web-5d9c7b4f6d",  "rollback web-66b8c6c7f9",
                                          "rollback web-7c4d8f5b9b", "rollback web-5d9c7b4f6d",
                                          "rollback web-66b8c6c7f9", "rollback web-7c4d8f5b9b"};
  EXPECT_EQ(moves(), expected);
  EXPECT_EQ(active(), "web-7c4d8f5b9b");
  EXPECT_EQ(all({"list", "demo"})[1]["source_ref"], "web:2 proxy:1");
  const auto activations = all({"activations", "demo"});
  EXPECT_EQ(activations[1]["reason"], "web 2, for the new menu");
  EXPECT_EQ(activations[4]["reason"], nullptr);
  EXPECT_EQ(activations[9]["reason"], nullptr);
}

TEST_F(Examples, EveryDeploymentOfGithubIsThereWithWhatItsStatusesSay) {
  const std::string input = sample("deployments.jsonl");
  EXPECT_EQ(import(kGithub, input)["deployments"], 4);
  const auto deployments = all({"list", "demo"});
  auto newest_first = lines_of(input);
  std::reverse(newest_first.begin(), newest_first.end());
  ASSERT_EQ(deployments.size(), newest_first.size());
  for (std::size_t i = 0; i < deployments.size(); ++i) {
    const Json& told = newest_first[i];
    EXPECT_EQ(name_of(deployments[i]), told["id"].dump());
    EXPECT_EQ(deployments[i]["source_ref"], told["sha"]);
    EXPECT_EQ(deployments[i]["labels"]["ref"], told["ref"]);
    EXPECT_EQ(digits_of(deployments[i]["created_at"]), digits_of(told["created_at"]) + "000000");
    EXPECT_EQ(deployments[i]["status"], i == 0 ? "ready" : "building");
  }
  const auto activations = all({"activations", "demo", "--channel", "production"});
  ASSERT_EQ(activations.size(), 1U);
  EXPECT_EQ(happened(activations[0]), "2019-05-15T15:20:55.000000Z");
  EXPECT_EQ(activations[0]["actor"], "Codertocat");
  EXPECT_EQ(active("production"), "145988746");
  const Json first = all({"log"})[1];
  EXPECT_EQ(first["kind"], "ready");
  EXPECT_EQ(first["reason"], "implied");
  EXPECT_EQ(first["imported"], true);
}

TEST_F(Examples, StatusesOfGithubMoveTheChannelOfTheirEnvironment) {
  EXPECT_EQ(import(kGithub, sample("deployments-made-up.jsonl"))["movements"], 5);
  const std::vector<std::string> expected{"promote 11", "promote 12", "promote 13", "promote 12"};
  EXPECT_EQ(moves("production"), expected);
  EXPECT_EQ(active("production"), "12");
  EXPECT_EQ(active("staging"), "15");
  const auto activations = all({"activations", "demo", "--channel", "production"});
  EXPECT_EQ(activations[0]["actor"], "unknown");  // whose account is gone
  EXPECT_EQ(activations[3]["actor"], "grace");
  EXPECT_EQ(activations[3]["reason"], "back to 2");
}

TEST_F(Examples, OnlyADeploymentOfGithubThatNeverSucceededHasFailed) {
  EXPECT_EQ(import(kGithub, sample("deployments-made-up.jsonl"))["deployments"], 5);
  for (const Json& one : all({"list", "demo"})) {
    EXPECT_EQ(one["status"], name_of(one) == "14" ? "failed" : "ready") << one;
    if (name_of(one) != "14") continue;
    EXPECT_EQ(one["failure"]["code"], "failure");
    EXPECT_EQ(one["failure"]["message"], "the image could not be pulled");
    EXPECT_EQ(one["terminated_at"], "2026-03-02T10:41:00.000000Z");
  }
}

TEST_F(Examples, ALineThatIsNotUnderstoodEndsAScriptWithItsNumber) {
  const std::string good = sample("revisions-gitcopy.log");
  expect_not_understood(kCapistrano, good + "somebody did something\n", "line 3");
  expect_not_understood(kCapistrano, "Branch a (at b) deployed as release 1 by c\n" + good,
                        "line 1");
  expect_not_understood(kCapistrano, good + "\n" + good + "a rolled back to release\n", "line 6");

  const std::string history = sample("rollout-history.json");
  expect_not_understood(kKubectl, history + "{}", "line 206");
  const std::string other =
      std::regex_replace(history, std::regex("\"ReplicaSet\""), "\"Deployment\"");
  expect_not_understood(kKubectl, other, "line 1");  // as kubectl 1.25 prints
  expect_not_understood(kKubectl, history + "{\n\"kind\": \n}", "line 208");
  expect_not_understood(kKubectl, "REVISION  CHANGE-CAUSE\n1         <none>\n", "line 1");

  const std::string deployments = sample("deployments.jsonl");
  expect_not_understood(kGithub, deployments + "[]\n", "line 5");
  expect_not_understood(kGithub, deployments + "\xff\n", "line 5");
  expect_not_understood(kGithub, deployments + R"({"id": 7, "statuses": []})", "line 5");
  expect_not_understood(kGithub,
                        std::regex_replace(deployments, std::regex("\"queued\""), "\"abandoned\""),
                        "line 1");
}

TEST_F(Examples, AScriptWithoutAnOwnerSaysHowItIsCalled) {
  for (const std::string script : {kCapistrano, kKubectl, kGithub}) {
    const std::string file = PURSER_TEST_DATA "/../../docs/examples/" + script;
    const int status =
        std::system(("'" + file + "' </dev/null 2>'" + path("errors") + "'").c_str());
    EXPECT_EQ(WEXITSTATUS(status), 1);
    EXPECT_NE(bytes_of(path("errors")).find(script + " OWNER"), std::string::npos);
  }
}

}  // namespace
}  // namespace purser::tools::examples_test
