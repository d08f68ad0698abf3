// Every verb that only reads: what it answers, page by page, and beside a process that writes.
#include <filesystem>

#include "escape.h"
#include "purser/ledger.h"
#include "tools/program_test.h"

namespace purser::tools::queries_test {
namespace {

class QueriesTest : public ProgramTest {
 protected:
  // Follows `next` from page to page and gives all items; `words` is asked for two at a time.
  [[nodiscard]] std::vector<Json> follow_pages(const Words& words) const {
    std::vector<Json> all;
    Words page_words = words;
    page_words.insert(page_words.end(), {"--limit", "2"});
    Json page = json(page_words);
    while (true) {
      EXPECT_EQ(page.size(), 2u);
      EXPECT_LE(page["items"].size(), 2u);
      for (const Json& item : page["items"]) all.push_back(item);
      if (page["next"].is_null() || all.size() > 100) return all;
      Words next_words = page_words;
      next_words.insert(next_words.end(), {"--after", page["next"].get<std::string>()});
      page = json(next_words);
    }
  }

  // One of each, for a ledger whose deployment 1 is active.
  [[nodiscard]] std::vector<Words> every_query() const {
    return {{"show", "1"},
            {"active", "demo"},
            {"pointer", "demo"},
            {"owners"},
            {"list", "demo"},
            {"activations", "demo"},
            {"log"},
            {"stats"},
            {"files", "1"},
            {"cat", "1", "a.txt"},
            {"preview-url", "1", "--domain", "d"},
            {"materialize", "1", path("out")}};
  }

  [[nodiscard]] std::vector<Json> stream(Words words) const {
    words.insert(words.end(), {"--all", "--json"});
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return lines_of(finished.out);
  }

  // Pages, the stream and one large page have to say the same.
  [[nodiscard]] std::vector<Json> every(const Words& words) const {
    std::vector<Json> streamed = stream(words);
    EXPECT_EQ(follow_pages(words), streamed);
    const Json page = json(words);
    EXPECT_TRUE(page["next"].is_null());
    EXPECT_EQ(page["items"].get<std::vector<Json>>(), streamed);
    return streamed;
  }
};

TEST_F(QueriesTest, ShowTellsAllAboutADeployment) {
  const Json made = json({"create", "demo", "--source-ref", "s", "--label", "a=b"});
  Json shown = json({"show", "1"});
  for (const char* key : {"position", "unchanged", "replayed"}) EXPECT_FALSE(shown.contains(key));
  for (const auto& item : shown.items()) EXPECT_EQ(item.value(), made[item.key()]) << item.key();
  const std::string told = text({"show", "1"});
  for (const char* part : {"id          1\n", "owner       demo\n", "status      building\n",
                           "source      s\n", "label       a=b\n"}) {
    EXPECT_NE(told.find(part), std::string::npos) << part << " is not in\n" << told;
  }
}

TEST_F(QueriesTest, ActiveIsADeploymentOrNothing) {
  const Finished none = run({"active", "demo", "--json"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_EQ(none.out, "null\n");
  EXPECT_EQ(none.err, "");
  EXPECT_EQ(run({"active", "demo"}).out, "");
  EXPECT_EQ(run({"active", "demo"}).err, "nothing is active on live of demo\n");
  json({"promote", "demo", ready()});
  Json shown = json({"show", "1"});
  shown["frozen"] = nullptr;
  EXPECT_EQ(json({"active", "demo"}), shown);
  EXPECT_EQ(text({"active", "demo"}), text({"show", "1"}));
  json({"clear", "demo"});
  EXPECT_EQ(run({"active", "demo"}).exit_code, 3);
}

TEST_F(QueriesTest, PointerTellsWhereARollbackWouldGo) {
  const Json never = json({"pointer", "demo"});
  EXPECT_EQ(never, (Json{{"owner_key", "demo"},
                         {"channel", "live"},
                         {"generation", 0},
                         {"active", nullptr},
                         {"previous", nullptr},
                         {"rollback_target", nullptr},
                         {"since", nullptr},
                         {"position", nullptr},
                         {"frozen", nullptr}}));
  json({"promote", "demo", ready()});
  const Json second = json({"promote", "demo", ready()});
  const Json pointer = json({"pointer", "demo"});
  EXPECT_EQ(pointer["generation"], 2);
  EXPECT_EQ(pointer["active"], 2);
  EXPECT_EQ(pointer["previous"], 1);
  EXPECT_EQ(pointer["rollback_target"], 1);
  EXPECT_EQ(pointer["position"], second["position"]);
  EXPECT_NE(text({"pointer", "demo"}).find("rollback to  1\n"), std::string::npos);
}

TEST_F(QueriesTest, ListComesNewestFirstAndOnlyOfTheOwner) {
  for (int i = 0; i < 5; ++i) json({"create", "demo"});
  json({"create", "other"});
  const std::vector<Json> all = every({"list", "demo"});
  ASSERT_EQ(all.size(), 5u);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i]["id"], 5 - i);
  EXPECT_EQ(every({"list", "nobody"}).size(), 0u);
}

TEST_F(QueriesTest, ListShowsWhatMatchesEveryFilter) {
  json({"create", "demo", "--source-ref", "s1", "--label", "a=1", "--label", "b=2"});
  json({"create", "demo", "--source-ref", "s2", "--label", "a=1"});
  ready();
  EXPECT_EQ(every({"list", "demo", "--status", "building"}).size(), 2u);
  EXPECT_EQ(every({"list", "demo", "--status", "ready"}).size(), 1u);
  EXPECT_EQ(every({"list", "demo", "--source-ref", "s2"}).size(), 1u);
  EXPECT_EQ(every({"list", "demo", "--label", "a=1"}).size(), 2u);
  EXPECT_EQ(every({"list", "demo", "--label", "a=1", "--label", "b=2"}).size(), 1u);
}

TEST_F(QueriesTest, ListIsATableForPeople) {
  ready();
  json({"mark-bad", "1"});
  building();
  const std::string table = text({"list", "demo"});
  EXPECT_EQ(table.find("ID  STATUS     IDENTIFIER "), 0u) << table;
  EXPECT_NE(table.find("\n 2  building   "), std::string::npos) << table;
  EXPECT_NE(table.find("\n 1  ready,bad  "), std::string::npos) << table;
}

TEST_F(QueriesTest, APageThatIsNotTheLastSaysHowToGoOn) {
  for (int i = 0; i < 3; ++i) json({"create", "demo"});
  const Finished page = run({"list", "demo", "--limit", "2"});
  EXPECT_EQ(page.exit_code, 0);
  const std::string next = json({"list", "demo", "--limit", "2"})["next"];
  EXPECT_EQ(page.err, "there is more: --after '" + next + "', or --all\n");
}

TEST_F(QueriesTest, OwnersComeSorted) {
  for (const char* owner : {"b", "a", "größe", "c"}) json({"create", owner});
  const std::vector<Json> all = every({"owners"});
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0], (Json{{"owner_key", "a"}}));
  EXPECT_EQ(all[3], (Json{{"owner_key", "größe"}}));
  EXPECT_EQ(text({"owners"}), "OWNER\na\nb\nc\ngröße\n");
}

TEST_F(QueriesTest, ActivationsTellEveryMovement) {
  json({"promote", "demo", ready(), "--actor", "ann"});
  json({"promote", "demo", ready()});
  json({"rollback", "demo", "--reason", "broken"});
  const std::vector<Json> all = every({"activations", "demo"});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["cause"], "rollback");
  EXPECT_EQ(all[0]["reason"], "broken");
  EXPECT_EQ(all[0]["deployment"], 1);
  EXPECT_EQ(all[0]["previous"], 2);
  EXPECT_TRUE(all[0]["parent"].is_null());  // it inherits that of its target
  EXPECT_EQ(all[1]["parent"], 1);
  EXPECT_EQ(all[2]["actor"], "ann");
  EXPECT_TRUE(all[2]["reason"].is_null());
  EXPECT_EQ(all[2]["generation"], 1);
  EXPECT_EQ(text({"activations", "demo"}).find("GENERATION  CAUSE "), 0u);
}

TEST_F(QueriesTest, LogHoldsAnEventForEveryCommand) {
  const std::string id = ready();
  json({"promote", "demo", id, "--request-id", "k", "--reason", "go"});
  json({"mark-bad", id});
  json({"unmark-bad", id});
  json({"clear", "demo"});
  json({"clear", "demo", "--request-id", "again"});
  json({"delete-artifact", id, "--keep", "0"});
  json({"fail", building(), "--code", "c", "--message", "m"});
  const std::vector<Json> all = every({"log"});
  const char* const kKinds[] = {"created",      "ready",     "activated", "marked_bad",
                                "unmarked_bad", "activated", "noted",     "artifact_deleted",
                                "created",      "failed"};
  ASSERT_EQ(all.size(), std::size(kKinds));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i]["position"], i + 1);
    EXPECT_EQ(all[i]["kind"], kKinds[i]);
    EXPECT_EQ(all[i]["owner_key"], "demo");
    for (const char* key : {"time", "actor", "reason", "request_id", "command_digest", "wall_time",
                            "group", "imported"}) {
      EXPECT_TRUE(all[i].contains(key)) << key;
    }
  }
  EXPECT_EQ(all[1]["artifact"]["kind"], "stored");
  EXPECT_EQ(all[2]["request_id"], "k");
  EXPECT_EQ(all[2]["reason"], "go");
  EXPECT_EQ(all[2]["command_digest"].get<std::string>().size(), 64u);
  EXPECT_EQ(all[2]["cause"], "promote");
  EXPECT_EQ(all[6]["channel"], "live");
  EXPECT_EQ(all[9]["failure"], (Json{{"code", "c"}, {"message", "m"}}));
  EXPECT_EQ(text({"log"}).find("POSITION  TIME "), 0u);
}

TEST_F(QueriesTest, LogShowsWhatIsAskedFor) {
  for (const char* owner : {"a", "b", "a"}) json({"create", owner, "--actor", owner});
  json({"fail", "1", "--code", "c", "--message", "m", "--actor", "eve"});
  EXPECT_EQ(every({"log", "--owner", "a"}).size(), 3u);
  EXPECT_EQ(every({"log", "--kind", "failed"}).size(), 1u);
  EXPECT_EQ(every({"log", "--actor", "eve"}).size(), 1u);
  EXPECT_EQ(every({"log", "--newest-first"}).front()["position"], 4);
  EXPECT_EQ(every({"log", "--since", "1h"}).size(), 4u);
  EXPECT_EQ(every({"log", "--until", "1h"}).size(), 0u);
  EXPECT_EQ(every({"log", "--since", "2", "--until", "4"}).size(), 2u);
  EXPECT_EQ(every({"log", "--since", "5"}).size(), 0u);
  EXPECT_EQ(every({"log", "--until", "5"}).size(), 4u);
  const std::string time = json({"log"})["items"][2]["time"];
  EXPECT_EQ(every({"log", "--since", time}).size(), 2u);
}

TEST_F(QueriesTest, FilesComeSortedWithTheirDigests) {
  const std::string id = json({"create", "demo"})["id"].dump();
  json({"store", id, write_site("site")});
  const Json page = json({"files", id});
  EXPECT_TRUE(page["next"].is_null());
  EXPECT_EQ(page["items"].get<std::vector<Json>>(), stream({"files", id}));
  EXPECT_EQ(page["items"][1], (Json{{"path", "js/v1..2.js"},
                                    {"mode", "0644"},
                                    {"size", 7},
                                    {"digest", page["items"][1]["digest"]}}));
  const std::string table = text({"files", id});
  EXPECT_EQ(table.find("MODE  SIZE  SHA-256 "), 0u);
  EXPECT_NE(table.find("\n0755    10  "), std::string::npos) << table;
}

TEST_F(QueriesTest, PreviewUrlComesFromTheEnvironmentOrAnOption) {
  const std::string identifier = json({"create", "demo"})["identifier"];
  const RunOptions domain{.environment = {"DEPLOYMENT_PREVIEW_DOMAIN=preview.test"}};
  const RunOptions no_domain{.environment = {"DEPLOYMENT_PREVIEW_DOMAIN"}};
  const std::string url = "https://" + identifier + ".preview.test/";
  EXPECT_EQ(text({"preview-url", "1"}, domain), url + "\n");
  EXPECT_EQ(json({"preview-url", "1", "--domain", "preview.test"}, no_domain)["url"], url);
  const Finished none = run({"preview-url", "1", "--json"}, no_domain);
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_EQ(one_line(none.out), (Json{{"id", 1}, {"identifier", identifier}, {"url", nullptr}}));
  EXPECT_NE(run({"preview-url", "1"}, no_domain).err.find("DEPLOYMENT_PREVIEW_DOMAIN"),
            std::string::npos);
}

TEST_F(QueriesTest, StatsTellWhatTheLedgerHolds) {
  EXPECT_TRUE(json({"stats"})["last_event_time"].is_null());
  json({"promote", "demo", ready()});
  const Json stats = json({"stats"});
  EXPECT_EQ(stats["log_size"], 3);
  EXPECT_EQ(stats["anchored"], 3);
  EXPECT_EQ(stats["last_deployment"], 1);
  EXPECT_TRUE(stats["writer_pid"].is_null());
  EXPECT_FALSE(stats["projections"].empty());
  for (const Json& one : stats["projections"]) EXPECT_EQ(one["cursor"], 3) << one;
  EXPECT_NE(text({"stats"}).find("events           3\n"), std::string::npos);
}

TEST_F(QueriesTest, TextThatIsNotUtf8IsGivenExactlyBesideIt) {
  const std::string id = json({"create", "demo"})["id"].dump();
  write_file("odd/a\xff.txt", "x");
  json({"store", id, path("odd")});
  const Json file = json({"files", id})["items"][0];
  EXPECT_EQ(file["path"], "a\ufffd.txt");
  EXPECT_EQ(file["path_hex"], "61ff2e747874");
  EXPECT_EQ(text({"cat", id, "a\xff.txt"}), "x");
  EXPECT_NE(text({"files", id}).find("a\\xff.txt\n"), std::string::npos);
}

TEST_F(QueriesTest, StoredTextCannotSpeakToTheTerminal) {
  const std::string evil =
      "\x1b]0;owned\x07\xc2\x9b"
      "31m\u202e";
  const std::string id = building();
  json({"fail", id, "--code", "c", "--message", evil, "--reason", evil});
  json({"mark-bad", id, "--reason", evil});
  for (const Words& words : {Words{"show", id}, Words{"log"}, Words{"list", "demo"},
                             Words{"show", id, "--json"}, Words{"log", "--json"}}) {
    const std::string told = text(words);
    EXPECT_EQ(told.find('\x1b'), std::string::npos) << words[0];
    EXPECT_EQ(told.find("\xc2\x9b"), std::string::npos) << words[0];
    EXPECT_EQ(told.find("\u202e"), std::string::npos) << words[0];
  }
  EXPECT_EQ(json({"show", id})["failure"]["message"], evil);
}

TEST_F(QueriesTest, NoQueryChangesAByte) {
  json({"promote", "demo", ready()});
  const auto before = files_on_disk();
  for (const Words& words : every_query()) EXPECT_EQ(run(words).exit_code, 0) << words[0];
  EXPECT_EQ(files_on_disk(), before);
}

TEST_F(QueriesTest, EveryQueryWorksBesideAWriter) {
  json({"promote", "demo", ready()});
  auto writer = Ledger::open(ledger());
  ASSERT_TRUE(writer) << writer.error().message();
  ASSERT_TRUE(writer->create("demo"));
  EXPECT_EQ(json({"stats"})["writer_pid"], ::getpid());
  EXPECT_EQ(json({"list", "demo"})["items"].size(), 2u);
  EXPECT_EQ(json({"log"})["items"].size(), 4u);
  for (const Words& words : every_query()) {
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, 0) << words[0] << ": " << finished.err;
  }
}

}  // namespace
}  // namespace purser::tools::queries_test
