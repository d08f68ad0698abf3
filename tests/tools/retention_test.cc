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

TEST_F(RetentionTest, FreezesComeAndGo) {
  json({"promote", "demo", ready()});
  const std::string fresh = ready();
  const Json freeze = json({"freeze", "demo", "--reason", "release week", "--actor", "eve"});
  EXPECT_EQ(freeze["owner_key"], "demo");
  EXPECT_EQ(freeze["channel"], "live");
  EXPECT_EQ(freeze["unchanged"], false);
  EXPECT_EQ(freeze["replayed"], false);
  EXPECT_EQ(freeze["position"], 6);
  const Json frozen = freeze["frozen"];
  EXPECT_EQ(frozen["actor"], "eve");
  EXPECT_EQ(frozen["reason"], "release week");
  EXPECT_EQ(frozen["channel"], "live");
  EXPECT_EQ(frozen["rollback_too"], false);
  EXPECT_EQ(json({"pointer", "demo"})["frozen"], frozen);
  EXPECT_EQ(json({"active", "demo"})["frozen"], frozen);
  const std::string since = frozen["time"];
  const std::string told = "by eve since " + since + ": release week";
  EXPECT_NE(text({"pointer", "demo"}).find("frozen       " + told + "\n"), std::string::npos);
  EXPECT_EQ(run({"active", "demo"}).err, "live of demo is frozen " + told + "\n");
  const Json error{{"code", "Frozen"},
                   {"owner", "demo"},
                   {"channel", "live"},
                   {"by", "eve"},
                   {"reason", "release week"}};
  expect_error({"promote", "demo", fresh}, 4, error);
  expect_error({"rollback", "demo", "--to", fresh}, 4, error);
  expect_error({"clear", "demo"}, 4, error);
  EXPECT_EQ(text({"unfreeze", "demo"}), "live of demo: not frozen\n");
  EXPECT_EQ(text({"unfreeze", "demo"}), "live of demo: not frozen [unchanged]\n");
  EXPECT_TRUE(json({"pointer", "demo"})["frozen"].is_null());
  EXPECT_EQ(json({"promote", "demo", fresh})["active"], 2);
}

TEST_F(RetentionTest, AFreezeOfAllChannelsIsToldAsSuch) {
  const Json all = json({"freeze", "demo", "--all-channels", "--rollback-too", "--actor", "eve"});
  EXPECT_TRUE(all["channel"].is_null());
  EXPECT_TRUE(all["frozen"]["channel"].is_null());
  EXPECT_TRUE(all["frozen"]["reason"].is_null());
  EXPECT_EQ(all["frozen"]["rollback_too"], true);
  const std::string since = all["frozen"]["time"];
  EXPECT_EQ(text({"unfreeze", "demo", "--channel", "beta"}),
            "beta of demo: frozen by eve since " + since +
                " (all channels; rollbacks too) [unchanged]\n");
  const Finished none = run({"active", "demo", "--channel", "beta"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_NE(none.err.find("beta of demo is frozen by eve"), std::string::npos) << none.err;
  EXPECT_EQ(run({"active", "demo", "--json"}).out, "null\n");
  EXPECT_EQ(run({"rollback", "demo"}).exit_code, 4);
  EXPECT_NE(run({"rollback", "demo"}).err.find("Frozen"), std::string::npos);
  EXPECT_EQ(text({"unfreeze", "demo", "--all-channels"}), "all channels of demo: not frozen\n");
  const Json events = json({"log"})["items"];
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["kind"], "frozen");
  EXPECT_TRUE(events[0]["channel"].is_null());
  EXPECT_EQ(events[0]["rollback_too"], true);
  EXPECT_EQ(events[1]["kind"], "unfrozen");
  EXPECT_TRUE(events[1]["channel"].is_null());
  EXPECT_NE(text({"log"}).find("all channels, rollbacks too"), std::string::npos);
}

}  // namespace
}  // namespace purser::tools
