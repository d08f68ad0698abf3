// What keeps and what gives up artifacts, from the command line.
#include "tools/program_test.h"

namespace purser::tools {
namespace {

class RetentionTest : public ProgramTest {};

TEST_F(RetentionTest, PinsComeAndGo) {
  const std::string id = ready();
  const Json pinned = json({"pin", id, "--reason", "audit", "--actor", "eve"});
  EXPECT_EQ(pinned["pinned"]["actor"], "eve");
  EXPECT_EQ(pinned["pinned"]["reason"], "audit");
  EXPECT_EQ(pinned["pinned"]["time"].get<std::string>().size(), 27u);
  EXPECT_EQ(json({"show", id})["pinned"], pinned["pinned"]);
  EXPECT_NE(text({"show", id}).find("pin reason  audit\n"), std::string::npos);
  EXPECT_NE(text({"list", "demo"}).find("ready,pinned"), std::string::npos);
  EXPECT_NE(text({"pin", id}).find("is pinned"), std::string::npos);
  EXPECT_EQ(run({"delete-artifact", id}).err,
            "purser: InUse: the artifact of deployment 1 is needed by a pin\n");
  EXPECT_EQ(run({"delete-artifact", id}).exit_code, 4);
  EXPECT_FALSE(json({"unpin", id, "--dry-run"})["unchanged"]);
  EXPECT_TRUE(json({"unpin", id})["pinned"].is_null());
  EXPECT_NE(text({"unpin", id}).find("is not pinned [unchanged]"), std::string::npos);
  EXPECT_EQ(json({"log", "--kind", "pinned"})["items"].size(), 2u);
  EXPECT_EQ(json({"log", "--kind", "unpinned"})["items"][0]["id"], 1);
  EXPECT_FALSE(json({"delete-artifact", id})["artifact_deleted_at"].is_null());
}

}  // namespace
}  // namespace purser::tools
