// What keeps and what gives up artifacts, from the command line.
#include "tools/program_test.h"

namespace purser::tools::retention_test {
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

TEST_F(RetentionTest, DuSaysWhatEachDeploymentTakes) {
  const std::string file = write_file("same", "the same bytes");
  json({"deploy", "demo", file});
  json({"deploy", "demo", file});
  const Json usage = json({"du"});
  ASSERT_EQ(usage["deployments"].size(), 2u);
  const Json& first = usage["deployments"][0];
  EXPECT_EQ(first["id"], 1);
  EXPECT_EQ(first["owner_key"], "demo");
  EXPECT_EQ(first["unique"].get<int>() + first["shared"].get<int>(), first["stored"].get<int>());
  EXPECT_GT(first["shared"], 0);
  EXPECT_GE(usage["on_disk"], usage["stored"]);
  EXPECT_NE(text({"du"}).find(" to 1\n"), std::string::npos);
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

TEST_F(RetentionTest, PruneShowsItsPlanAndThenDoesIt) {
  for (int i = 0; i < 4; ++i) json({"promote", "demo", ready()});
  json({"pin", "1"});
  building();
  const Words words{"prune", "demo", "--keep-newest", "1"};
  Words dry = words;
  dry.emplace_back("--dry-run");
  const std::string before = answers();
  dry.emplace_back("--json");
  const std::vector<Json> plan = lines_of(run(dry).out);
  dry.pop_back();
  ASSERT_EQ(plan.size(), 5u);
  const auto kept = [](const char* why, Json channel = nullptr) {
    return Json{{"why", why}, {"channel", std::move(channel)}};
  };
  EXPECT_EQ(plan[0]["id"], 5);
  EXPECT_EQ(plan[0]["kept_by"], Json::array({kept("building")}));
  EXPECT_EQ(plan[1]["kept_by"], Json::array({kept("active", "live"), kept("newest")}));
  EXPECT_EQ(plan[2]["kept_by"], Json::array({kept("rollback_target", "live")}));
  EXPECT_EQ(plan[3]["kept_by"], Json::array());
  EXPECT_EQ(plan[3]["removed_by"], "beyond_newest");
  EXPECT_EQ(plan[4]["kept_by"], Json::array({kept("pinned")}));
  EXPECT_TRUE(plan[4]["removed_by"].is_null());
  const std::string table = text(dry);
  EXPECT_EQ(table.find("ID  OWNER  STATUS"), 0u) << table;
  EXPECT_NE(table.find("goes: not among the newest\n"), std::string::npos) << table;
  EXPECT_NE(table.find("stays: active live, newest\n"), std::string::npos) << table;
  EXPECT_EQ(answers(), before);

  EXPECT_EQ(text(words), "deployment 2 of demo has no files any more\n");
  EXPECT_EQ(json(words), (Json{{"removed", Json::array()}, {"failed", Json::array()}}));
  EXPECT_FALSE(json({"show", "2"})["artifact_deleted_at"].is_null());
}

TEST_F(RetentionTest, GcSaysWhatItWouldFreeAndThenFreesIt) {
  ready();
  write_file("other/index.html", "only of the second");
  const std::string second = json({"deploy", "demo", path("other")})["id"].dump();
  json({"delete-artifact", second});
  const std::string before = answers();
  const Json plan = json({"gc", "--dead-share", "0", "--dry-run"});
  EXPECT_EQ(plan["dry_run"], true);
  EXPECT_EQ(plan["files_removed"], 2);  // the manifest is one
  EXPECT_EQ(plan["chunks_removed"], 2);
  EXPECT_EQ(text({"gc", "--dead-share", "0", "--dry-run"}).find("would free "), 0u);
  EXPECT_EQ(json({"gc", "--dead-share", "1"})["chunks_moved"], 0);
  const Json done = json({"gc", "--dead-share", "0"});
  EXPECT_EQ(done["chunks_removed"], 2);
  EXPECT_GT(done["bytes_freed"], 0);
  EXPECT_EQ(done["bytes_freed"],
            done["bytes_removed"].get<int>() - done["bytes_written"].get<int>());
  EXPECT_EQ(json({"verify"})["problems"], Json::array());
  EXPECT_EQ(answers(), before);
  EXPECT_EQ(run({"gc", "--dead-share", "2"}).exit_code, 2);
  EXPECT_EQ(run({"gc", "--request-id", "once"}).exit_code, 2);
}

TEST_F(RetentionTest, PruneOfAllOwnersTellsWhatItCouldNotDo) {
  for (const char* owner : {"a", "b", "c"}) {
    for (int i = 0; i < 2; ++i) json({"promote", owner, ready(owner)});
  }
  json({"mark-bad", "1", "--request-id", "k/1"});
  const Words words{"prune", "--all-owners", "--keep-newest", "1", "--keep",
                    "0",     "--json",       "--request-id",  "k"};
  const Finished finished = run(words);
  EXPECT_EQ(finished.exit_code, 4);
  const Json answer = one_line(finished.out);
  EXPECT_EQ(answer["removed"], (Json{3, 5}));
  ASSERT_EQ(answer["failed"].size(), 1u);
  EXPECT_EQ(answer["failed"][0]["id"], 1);
  EXPECT_EQ(answer["failed"][0]["error"]["code"], "RequestIdReused");
  const Finished told =
      run({"prune", "a", "--keep-newest", "1", "--keep", "0", "--request-id", "k"});
  EXPECT_EQ(told.exit_code, 4);
  EXPECT_EQ(told.out, "");
  EXPECT_EQ(told.err.find("purser: deployment 1 stays: RequestIdReused: "), 0u) << told.err;
}

TEST_F(RetentionTest, PruneGivesUpWhatWasNeverActiveOnlyIfAskedTo) {
  ready();
  json({"fail", building(), "--code", "c", "--message", "m"});
  const Json none{{"removed", Json::array()}, {"failed", Json::array()}};
  EXPECT_EQ(json({"prune", "demo", "--keep-newest", "0"}), none);
  EXPECT_EQ(json({"prune", "demo", "--keep-newest", "0", "--never-active", "1h"}), none);
  EXPECT_EQ(json({"prune", "demo", "--keep-newest", "0", "--never-active", "0s"})["removed"],
            (Json{1, 2}));
}

TEST_F(RetentionTest, PruneNeedsAnOwnerOrAll) {
  const Json error{{"code", "InvalidArgument"},
                   {"what", "OWNER"},
                   {"why", "name an owner or give --all-owners, one of the two"}};
  expect_error({"prune", "--keep-newest", "1"}, 2, error);
  expect_error({"prune", "demo", "--all-owners", "--keep-newest", "1"}, 2, error);
  EXPECT_EQ(run({"prune", "demo"}).exit_code, 2) << "how much to keep is for the caller to say";
  for (const char* option : {"--keep-newest", "--keep", "--older-than", "--never-active"}) {
    Words words{"prune", "demo", "--json", option, "x"};
    if (option != std::string("--keep-newest")) {
      words.insert(words.end(), {"--keep-newest", "1"});
    }
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, 2) << option;
    EXPECT_EQ(one_line(finished.err)["error"]["what"], option);
  }
}

}  // namespace
}  // namespace purser::tools::retention_test
