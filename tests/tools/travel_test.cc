// What was, and what comes: --at, state, follow, diff and replay as run from a shell.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "text_diff.h"
#include "tools/program_test.h"

namespace purser::tools::travel_test {
namespace {

class TravelTest : public ProgramTest {
 protected:
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // A command for --exec: a script that no shell words reach.
  [[nodiscard]] std::string script(const std::string& name, const std::string& body) const {
    return write_file(name, "#!/bin/sh\n" + body, true);
  }
  [[nodiscard]] std::vector<std::uint64_t> positions(const std::vector<Json>& events) const {
    std::vector<std::uint64_t> all;
    for (const Json& event : events) all.push_back(event["position"]);
    return all;
  }
};
using Positions = std::vector<std::uint64_t>;

TEST_F(TravelTest, ActiveShowAndPointerTellWhatWas) {
  json({"promote", "demo", ready()});  // 1 to 3
  json({"promote", "demo", ready()});  // 4 to 6
  json({"clear", "demo"});             // 7
  json({"freeze", "demo"});            // 8
  const auto active = [&](const std::string& at) { return json({"active", "demo", "--at", at}); };
  EXPECT_EQ(active("3")["id"], 1);
  EXPECT_EQ(active("5")["id"], 1);
  EXPECT_EQ(active("6")["id"], 2);
  EXPECT_TRUE(active("6")["frozen"].is_null());
  const std::string cleared = json({"log", "--kind", "activated"})["items"][2]["time"];
  for (const std::string& at :
       {std::string("0"), std::string("2"), std::string("7"), cleared, std::string("2020-01-01")}) {
    const Finished nothing = run({"active", "demo", "--at", at, "--json"});
    EXPECT_EQ(nothing.exit_code, 3) << at;
    EXPECT_EQ(nothing.out, "null\n");
  }
  EXPECT_NE(run({"active", "demo", "--at", "7"}).err.find("nothing was active"), std::string::npos);
  EXPECT_EQ(json({"show", "1", "--at", "1"})["status"], "building");
  EXPECT_EQ(json({"show", "1", "--at", "2"})["status"], "ready");
  EXPECT_EQ(run({"show", "2", "--at", "2"}).exit_code, 3);
  EXPECT_EQ(json({"pointer", "demo", "--at", "6"})["rollback_target"], 1);
  EXPECT_FALSE(json({"pointer", "demo", "--at", "8"})["frozen"].is_null());
  for (const char* at : {"9", "yesterday", ""}) {
    EXPECT_EQ(run({"active", "demo", "--at", at}).exit_code, 2) << at;
  }
}

TEST_F(TravelTest, EventsOfDeploymentsWithALabelAndByAnActor) {
  json({"create", "demo", "--label", "env=prod", "--actor", "ann"});  // 1
  json({"create", "demo", "--label", "env=test"});                    // 2
  json({"fail", "1", "--code", "c", "--message", "m"});               // 3
  json({"freeze", "demo"});                                           // 4
  const auto of_log = [&](Words words) {
    words.insert(words.begin(), {"log", "--all", "--json"});
    return positions(lines_of(run(words).out));
  };
  EXPECT_EQ(of_log({"--label", "env=prod"}), (Positions{1, 3}));
  EXPECT_EQ(of_log({"--label", "env=prod", "--label", "x=y"}), Positions());
  EXPECT_EQ(of_log({"--actor", "ann"}), Positions{1});
  EXPECT_EQ(positions(lines_of(run({"--actor", "ann", "log", "--all", "--json"}).out)),
            Positions{1});
  EXPECT_EQ(run({"log", "--label", "x"}).exit_code, 2);
}

TEST_F(TravelTest, StateListsEveryPointerOfAMoment) {
  json({"promote", "a", ready("a")});                       // 1 to 3
  json({"promote", "b", ready("b"), "--channel", "beta"});  // 4 to 6
  json({"clear", "a"});                                     // 7
  const Json now = json({"state"});
  ASSERT_EQ(now["items"].size(), 2u);
  EXPECT_EQ(now["items"][0]["owner_key"], "a");
  EXPECT_TRUE(now["items"][0]["active"].is_null());
  EXPECT_EQ(now["items"][1]["channel"], "beta");
  const Json then = json({"state", "--at", "3"});
  ASSERT_EQ(then["items"].size(), 1u);
  EXPECT_EQ(then["items"][0]["active"], 1);
  const Json page = json({"state", "--limit", "1"});
  EXPECT_EQ(json({"state", "--after", page["next"]})["items"][0]["owner_key"], "b");
  EXPECT_NE(text({"state"}).find("beta"), std::string::npos);
}

// --- follow --------------------------------------------------------------------------------------

TEST_F(TravelTest, FollowPrintsEventsAndGoesOnFromItsCursor) {
  json({"create", "demo"});
  json({"create", "demo"});
  const Words words{"follow", "--no-wait", "--json", "--cursor", path("cursor")};
  EXPECT_EQ(positions(lines_of(run(words).out)), (Positions{1, 2}));
  EXPECT_EQ(run(words).out, "");
  json({"create", "demo"});
  EXPECT_EQ(positions(lines_of(run(words).out)), Positions{3});
  EXPECT_EQ(positions(lines_of(run({"follow", "--no-wait", "--json", "--from", "2"}).out)),
            (Positions{2, 3}));
  EXPECT_EQ(run({"follow", "--no-wait", "--from", "end"}).out, "");
  EXPECT_NE(run({"follow", "--no-wait"}).out.find("created"), std::string::npos);
  for (const char* from : {"0", "5", "x"}) {
    EXPECT_EQ(run({"follow", "--no-wait", "--from", from}).exit_code, 2) << from;
  }
}

TEST_F(TravelTest, ACursorThatIsDamagedOfAnotherLedgerOrAheadIsRefused) {
  json({"create", "demo"});
  const Words words{"follow", "--no-wait", "--cursor", path("cursor")};
  EXPECT_EQ(run(words).exit_code, 0);
  const std::string bytes = read("cursor");
  write_file("cursor", bytes.substr(1));
  EXPECT_EQ(run(words).exit_code, 6);
  write_file("cursor", bytes);
  EXPECT_EQ(run(words).exit_code, 0);
  EXPECT_EQ(run_program({"init", path("other")}).exit_code, 0);
  EXPECT_EQ(
      run_program({"--ledger", path("other"), "follow", "--no-wait", "--cursor", path("cursor")})
          .exit_code,
      2);
}

TEST_F(TravelTest, ACommandGetsEachEventInOrderUntilItSucceeds) {
  json({"create", "demo", "--label", "quote='\"`$(x)"});
  json({"create", "demo"});
  // Fails at its first try of event 2.
  const std::string command =
      script("hook", "cd " + path(".") +
                         "\n"
                         "echo $PURSER_POSITION $PURSER_KIND $PURSER_OWNER $1 >> got\n"
                         "cat >> input\n"
                         "[ $PURSER_POSITION != 2 ] || [ -e tried ] || "
                         "{ touch tried; exit 3; }\n");
  const Finished finished =
      run({"follow", "--no-wait", "--cursor", path("cursor"), "--exec", command + "  word"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(read("got"), "1 created demo word\n2 created demo word\n2 created demo word\n");
  EXPECT_EQ(positions(lines_of(read("input"))), (Positions{1, 2, 2}));
  EXPECT_EQ(lines_of(read("input"))[0]["labels"]["quote"], "'\"`$(x)");
  EXPECT_NE(finished.err.find("event 2 is tried again in 0.2 s"), std::string::npos)
      << finished.err;
  EXPECT_EQ(std::filesystem::status(path("cursor")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(TravelTest, ACommandThatCannotBeStartedOrReadEndsFollowing) {
  json({"create", "demo"});
  EXPECT_EQ(run({"follow", "--no-wait", "--exec", path("none")}).exit_code, 8);
  for (const char* command : {"", "  ", "echo 'a b'", "echo \"a\"", "a\\ b"}) {
    EXPECT_EQ(run({"follow", "--no-wait", "--exec", command}).exit_code, 2) << command;
  }
}

// Killed at any moment and started again, it misses nothing and keeps the order; an event may come
// twice in a row.
TEST_F(TravelTest, AcrossKillsEveryEventComesAtLeastOnceAndInOrder) {
  constexpr std::uint64_t kEvents = 30;
  for (std::uint64_t i = 0; i < kEvents; ++i) json({"create", "demo"});
  const std::string command = script("hook", "echo $PURSER_POSITION >> " + path("got") + "\n");
  const Words words{"--ledger", ledger(), "follow", "--cursor", path("cursor"), "--exec", command};
  for (int round = 0; round < 8; ++round) {
    Running follower(words);
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 15 * round));
    follower.signal(SIGKILL);
    follower.finish();
  }
  Words rest = words;
  rest.push_back("--no-wait");
  EXPECT_EQ(run_program(rest).exit_code, 0);
  std::istringstream got(read("got"));
  std::uint64_t last = 0;
  for (std::uint64_t position = 0; got >> position;) {
    EXPECT_TRUE(position == last || position == last + 1) << position << " after " << last;
    last = position;
  }
  EXPECT_EQ(last, kEvents);
}

TEST_F(TravelTest, FollowSeesAWriterAndEndsCleanlyOnASignal) {
  json({"create", "demo"});
  for (const int number : {SIGINT, SIGTERM}) {
    const std::string command = script("hook", "echo $PURSER_POSITION > " + path("last") + "\n");
    Running follower(
        {"--ledger", ledger(), "follow", "--cursor", path("cursor"), "--exec", command});
    json({"create", "demo"});
    const std::string size = json({"stats"})["log_size"].dump() + "\n";
    for (int tries = 0; tries < 2000 && read("last") != size; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(read("last"), size);
    follower.signal(number);
    EXPECT_EQ(follower.finish().exit_code, 0);
  }
}

// --- diff ----------------------------------------------------------------------------------------

TEST_F(TravelTest, DiffTellsOfTwoDeploymentsAndOfTwoMomentsOfAChannel) {
  write_file("one/same.txt", "same\n");
  write_file("one/page.txt", "a\nb\nc\n");
  write_file("one/gone.bin", std::string("\0\1", 2));
  write_file("two/same.txt", "same\n");
  write_file("two/page.txt", "a\nB\nc\n", true);
  write_file("two/new.txt", "new\n");
  json({"deploy", "demo", path("one"), "--promote"});  // 1 to 3
  json({"deploy", "demo", path("two"), "--promote"});  // 4 to 6
  const auto diff = [&](Words words) {
    words.insert(words.begin(), {"diff", "--json"});
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return lines_of(finished.out);
  };
  const auto changes = diff({"1", "2", "--text"});
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0]["change"], "removed");
  EXPECT_EQ(changes[0]["path"], "gone.bin");
  EXPECT_TRUE(changes[0]["after"].is_null());
  EXPECT_TRUE(changes[0]["text"].is_null());
  EXPECT_EQ(changes[1]["change"], "added");
  EXPECT_EQ(changes[1]["text"], "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+new\n");
  EXPECT_EQ(changes[2]["before"]["mode"], "0644");
  EXPECT_EQ(changes[2]["after"]["mode"], "0755");
  EXPECT_EQ(changes[2]["text"],
            "--- a/page.txt\n+++ b/page.txt\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
  EXPECT_EQ(diff({"demo", "--from", "3", "--to", "6", "--text"}), changes);
  EXPECT_EQ(diff({"demo", "--from", "3", "--text"}), changes);
  EXPECT_EQ(diff({"demo", "--from", "0", "--to", "3"}).size(), 3u);
  EXPECT_TRUE(diff({"1", "1"}).empty());
  const std::string told = text({"diff", "1", "2"});
  EXPECT_EQ(told,
            "removed gone.bin (0644 2 -> -)\nadded   new.txt (- -> 0644 4)\n"
            "changed page.txt (0644 6 -> 0755 6)\n");
  for (const Words& words : {Words{"1"}, Words{"1", "2", "--from", "3"}, Words{"demo", "--to", "3"},
                             Words{"1", "2", "--channel", "x"}}) {
    Words all{"diff"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(run(all).exit_code, 2) << words[0];
  }
}

TEST(IsText, KnowsWhatATerminalWouldObey) {
  EXPECT_TRUE(is_text(""));
  EXPECT_TRUE(is_text("a\tb\r\n\fc \xc3\xa9\n"));
  for (const char* bytes : {"\x1b[2J", "a\x01", "\xff", "\xe2\x80\xae"}) {
    EXPECT_FALSE(is_text(bytes));
  }
  EXPECT_FALSE(is_text(std::string_view("\0", 1)));
}

// --- replay --------------------------------------------------------------------------------------

TEST_F(TravelTest, ReplayMakesASecondLedger) {
  json({"promote", "demo", ready()});  // 1 to 3
  json({"clear", "demo"});             // 4
  const Json made = json({"replay", "--to", "3", "--into", path("copy")});
  EXPECT_EQ(made["size"], 3);
  EXPECT_NE(made["ledger_id"], json({"stats"})["ledger_id"]);
  const Json stats = one_line(run_program({"--ledger", path("copy"), "stats", "--json"}).out);
  EXPECT_EQ(stats["ledger_id"], made["ledger_id"]);
  EXPECT_EQ(stats["log_size"], 3);
  EXPECT_EQ(stats["origin"]["kind"], "replay");
  EXPECT_EQ(stats["origin"]["ledger_id"], json({"stats"})["ledger_id"]);
  EXPECT_TRUE(json({"stats"})["origin"].is_null());
  EXPECT_EQ(one_line(run_program({"--ledger", path("copy"), "active", "demo", "--json"}).out)["id"],
            1);
  EXPECT_EQ(run({"replay", "--to", "3", "--into", path("copy")}).exit_code, 4);
  EXPECT_EQ(run({"replay", "--to", "9", "--into", path("more")}).exit_code, 2);
}

}  // namespace
}  // namespace purser::tools::travel_test
