// `deploy`, the everyday verb: what it makes, how it fails, and how a retry goes on.
#include <csignal>
#include <filesystem>

#include "tools/program_test.h"

namespace purser::tools::deploy_test {
namespace {

class DeployTest : public ProgramTest {
 protected:
  // Runs a deploy that fails, and gives the error.
  [[nodiscard]] Json failed(Words words, int exit_code) const {
    words.emplace_back("--json");
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
    EXPECT_EQ(finished.out, "");
    return one_line(finished.err)["error"];
  }

  // A folder that cannot be stored, for the link in it.
  [[nodiscard]] std::string write_bad_site() const {
    std::string site = write_site("bad");
    std::filesystem::create_symlink("/etc/passwd", site + "/link");
    return site;
  }
};

TEST_F(DeployTest, MakesAReadyDeployment) {
  const Json json = this->json(
      {"deploy", "demo", write_site("site"), "--source-ref", "sha-1", "--label", "branch=main"});
  EXPECT_EQ(json["id"], 1);
  EXPECT_EQ(json["status"], "ready");
  EXPECT_EQ(json["source_ref"], "sha-1");
  EXPECT_EQ(json["labels"], (Json{{"branch", "main"}}));
  EXPECT_EQ(json["artifact"]["files"], 3);
  EXPECT_EQ(json["stored"],
            (Json{{"files", 3}, {"bytes", 37}, {"new_bytes", 37}, {"trusted_files", 0}}));
  EXPECT_TRUE(json["promotion"].is_null());
  EXPECT_EQ(run({"active", "demo"}).exit_code, 3);
}

TEST_F(DeployTest, PromotesIfAsked) {
  const Json promotion =
      json({"deploy", "demo", write_site("site"), "--promote", "--channel", "beta"})["promotion"];
  EXPECT_EQ(promotion["active"], 1);
  EXPECT_EQ(promotion["channel"], "beta");
  EXPECT_EQ(promotion["generation"], 1);
  EXPECT_EQ(promotion["position"], 3);
  EXPECT_NE(text({"deploy", "demo", path("site"), "--promote"})
                .find("live of demo: 2 is active (generation 1)\n"),
            std::string::npos);
}

TEST_F(DeployTest, TakesOneFileAndAnEmptyFolderIfMeant) {
  EXPECT_EQ(json({"deploy", "demo", write_file("one.js", "1")})["artifact"]["files"], 1);
  EXPECT_EQ(text({"cat", "1", "one.js"}), "1");
  std::filesystem::create_directory(path("empty"));
  EXPECT_EQ(json({"deploy", "demo", path("empty"), "--allow-empty"})["artifact"]["files"], 0);
}

TEST_F(DeployTest, AFailureOnTheWayMarksTheDeploymentFailed) {
  const Json error = failed({"deploy", "demo", write_bad_site()}, 2);
  EXPECT_EQ(error["code"], "InvalidPath");
  EXPECT_EQ(error["deployment"], 1);
  const Json left = json({"show", "1"});
  EXPECT_EQ(left["status"], "failed");
  EXPECT_EQ(left["failure"], (Json{{"code", "store_failed"}, {"message", error["message"]}}));
}

TEST_F(DeployTest, AnEmptyFolderFailsWhenSealed) {
  std::filesystem::create_directory(path("empty"));
  EXPECT_EQ(failed({"deploy", "demo", path("empty")}, 4)["code"], "EmptyArtifact");
  EXPECT_EQ(json({"show", "1"})["failure"]["code"], "ready_failed");
}

TEST_F(DeployTest, ASignalMarksTheDeploymentFailed) {
  write_file("site/zeros", "");
  std::filesystem::resize_file(path("site/zeros"), 1ull << 30);  // takes seconds to store
  Running deploy({"--ledger", ledger(), "deploy", "demo", path("site"), "--json"});
  int tries = 0;
  while (run({"show", "1"}).exit_code != 0) ASSERT_LT(++tries, 1000) << "nothing was created";
  deploy.signal(SIGTERM);
  const Finished finished = deploy.finish();
  EXPECT_EQ(finished.exit_code, 1) << finished.err;
  const Json error = one_line(finished.err)["error"];
  EXPECT_EQ(error["code"], "Cancelled");
  EXPECT_EQ(error["deployment"], 1);
  EXPECT_EQ(json({"show", "1"})["failure"],
            (Json{{"code", "interrupted"}, {"message", "stopped by a signal"}}));
}

TEST_F(DeployTest, APathThatIsNotThereCreatesNothing) {
  const std::string missing = path("missing");
  const Json error{{"code", "NotFound"}, {"id", nullptr}, {"what", "'" + missing + "'"}};
  expect_error({"deploy", "demo", missing}, 3, error);
  expect_error({"deploy", "demo", missing, "--request-id", "k"}, 3, error);
  EXPECT_EQ(json({"stats"})["log_size"], 0);
}

TEST_F(DeployTest, ARefusedPromotionLeavesTheDeploymentReady) {
  const Json error =
      failed({"deploy", "demo", write_site("site"), "--promote", "--expect", "5"}, 4);
  EXPECT_EQ(error["code"], "Conflict");
  EXPECT_EQ(error["deployment"], 1);
  EXPECT_EQ(json({"show", "1"})["status"], "ready");
}

TEST_F(DeployTest, ARetryWithTheRequestIdMakesNoSecondDeployment) {
  const Words words{"deploy", "demo", write_site("site"), "--promote", "--request-id", "k"};
  const Json first = json(words);
  const std::string before = answers();
  const Json again = json(words);
  EXPECT_EQ(again["id"], first["id"]);
  EXPECT_EQ(again["status"], "ready");
  EXPECT_EQ(again["replayed"], true);
  EXPECT_TRUE(again["stored"].is_null());
  EXPECT_EQ(again["promotion"]["replayed"], true);
  EXPECT_EQ(again["promotion"]["position"], first["promotion"]["position"]);
  std::filesystem::remove_all(path("site"));  // the build may be gone by then
  EXPECT_EQ(json(words)["id"], first["id"]);
  EXPECT_EQ(answers(), before);
  const Json events = json({"log"})["items"];
  EXPECT_EQ(events[0]["request_id"], "k/create");
  EXPECT_EQ(events[1]["request_id"], "k/ready");
  EXPECT_EQ(events[2]["request_id"], "k/promote");
}

TEST_F(DeployTest, ARetryGoesOnWithWhatIsStillBuilding) {
  json({"create", "demo", "--request-id", "k/create"});
  json({"store", "1", "-", "--as", "left-over"}, {.input = "of the first try"});
  const Json json = this->json({"deploy", "demo", write_site("site"), "--request-id", "k"});
  EXPECT_EQ(json["id"], 1);
  EXPECT_EQ(json["artifact"]["files"], 3) << "files of the first try are left";
  EXPECT_EQ(this->json({"list", "demo"})["items"].size(), 1u);
}

TEST_F(DeployTest, ARetryPromotesWhatIsReadyAlready) {
  json({"deploy", "demo", write_site("site"), "--request-id", "k"});
  const Json json = this->json({"deploy", "demo", path("site"), "--request-id", "k", "--promote"});
  EXPECT_EQ(json["id"], 1);
  EXPECT_EQ(json["promotion"]["active"], 1);
}

TEST_F(DeployTest, ARetryReportsAnEarlierFailure) {
  const Words words{"deploy", "demo", write_bad_site(), "--request-id", "k"};
  const Json first = failed(words, 2);
  std::filesystem::remove(path("bad/link"));
  const std::string before = answers();
  const Json again = failed(words, 4);
  EXPECT_EQ(again["code"], "NotReady");
  EXPECT_EQ(again["id"], 1);
  EXPECT_EQ(again["status"], "failed");
  EXPECT_EQ(again["failure"], (Json{{"code", "store_failed"}, {"message", first["message"]}}));
  EXPECT_EQ(answers(), before);
  EXPECT_NE(run(words).err.find("store_failed"), std::string::npos);
}

TEST_F(DeployTest, ARetryOfAnotherCommandIsRefused) {
  json({"deploy", "demo", write_site("site"), "--request-id", "k"});
  expect_error({"deploy", "other", path("site"), "--request-id", "k"}, 4,
               {{"code", "RequestIdReused"}, {"request_id", "k/create"}, {"position", 1}});
}

TEST_F(DeployTest, ARequestIdThatLeavesNoRoomForItsStepsIsRefused) {
  expect_error({"deploy", "demo", write_site("site"), "--request-id", std::string(121, 'k')}, 2,
               {{"code", "LimitExceeded"},
                {"what", "bytes of the request id of deploy"},
                {"limit", 120},
                {"actual", 121}});
  json({"deploy", "demo", path("site"), "--promote", "--request-id", std::string(120, 'k')});
}

TEST_F(DeployTest, OptionsOfAPromotionNeedOne) {
  expect_error({"deploy", "demo", write_site("site"), "--channel", "beta"}, 2,
               {{"code", "InvalidArgument"},
                {"what", "command line"},
                {"why", "--channel requires --promote"}});
}

}  // namespace
}  // namespace purser::tools::deploy_test
