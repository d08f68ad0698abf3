// The command line itself: help, options before and after the verb, mistakes, terminals.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "tools/program_test.h"

namespace purser::tools::usage_test {
namespace {

class UsageTest : public ProgramTest {};

// Every verb that `purser --help` lists.
Words all_verbs() {
  const std::string help = run_program({"--help"}).out;
  Words verbs;
  std::istringstream lines(help.substr(help.find("\nBuilds:\n")));
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, 2, "  ") == 0) verbs.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return verbs;
}

TEST_F(UsageTest, HelpListsEveryVerbUnderAHeading) {
  const Finished help = run_program({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* heading : {"Builds:", "Pointers:", "Files:", "Queries:", "Proofs:", "Upkeep:"}) {
    EXPECT_NE(help.out.find(heading), std::string::npos) << heading;
  }
  EXPECT_EQ(all_verbs().size(), 55u);
}

TEST_F(UsageTest, HelpOfEveryVerbHasADescriptionAndAnExampleThatParses) {
  for (const std::string& verb : all_verbs()) {
    const Finished help = run_program({verb, "--help"});
    EXPECT_EQ(help.exit_code, 0) << verb;
    EXPECT_GT(help.out.find("Usage: purser " + verb), 10u) << help.out;
    const std::string start = "Example:\n  purser " + verb;
    ASSERT_NE(help.out.find(start), std::string::npos) << help.out;
    // With no such ledger, an example that parses gets as far as to miss it; quotes are the
    // shell's.
    std::string example = help.out.substr(help.out.find(start) + 18);
    example = example.substr(0, example.find('\n'));
    if (verb == "init" || verb == "bench") continue;  // they open no ledger
    Words words;
    const bool names_ledger =
        verb.starts_with("import") || verb == "recover" || verb == "restore" || verb == "salvage";
    if (!names_ledger) words = {"--ledger", path("none")};
    std::string word;
    bool quoted = false;
    for (const char c : example + " ") {
      if (c == '\'') {
        quoted = !quoted;
      } else if (c != ' ' || quoted) {
        word += c;
      } else if (!word.empty()) {
        words.push_back(word);
        word.clear();
      }
    }
    EXPECT_EQ(run_program(words).exit_code, 3) << example << run_program(words).err;
  }
}

TEST_F(UsageTest, VersionIsTold) {
  const Finished version = run_program({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out.find("purser "), 0u);
}

TEST_F(UsageTest, OptionsStandBeforeOrAfterTheVerb) {
  const Words variants[] = {{"--ledger", ledger(), "--json", "--actor", "a", "--reason", "r",
                             "--request-id", "k", "create", "demo"},
                            {"create", "--ledger", ledger(), "--json", "--actor", "a", "--reason",
                             "r", "--request-id", "k", "demo"},
                            {"create", "demo", "--json", "--ledger=" + ledger(), "--actor=a",
                             "--reason=r", "--request-id=k"}};
  for (const Words& words : variants) {
    const Finished finished = run_program(words);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(one_line(finished.out)["id"], 1) << "the request id was not taken";
  }
  const Json event = json({"log"})["items"][0];
  EXPECT_EQ(event["actor"], "a");
  EXPECT_EQ(event["reason"], "r");
  EXPECT_EQ(event["request_id"], "k");
}

TEST_F(UsageTest, TheEnvironmentNamesTheLedger) {
  const RunOptions options{.environment = {"PURSER_LEDGER=" + ledger()}};
  EXPECT_EQ(run_program({"owners"}, options).exit_code, 0);
  EXPECT_EQ(run_program({"--ledger", path("none"), "owners"}, options).exit_code, 3);
  const Finished none = run_program({"owners", "--json"});
  EXPECT_EQ(none.exit_code, 2);
  const Json error = one_line(none.err)["error"];
  EXPECT_EQ(error["code"], "InvalidArgument");
  EXPECT_EQ(error["what"], "--ledger");
}

TEST_F(UsageTest, MistakesAreTypedAndNamed) {
  const struct {
    Words words;
    const char* named;
  } kMistakes[] = {{{}, "no verb given"},
                   {{"nosuch"}, "'nosuch'"},
                   {{"create"}, "OWNER is required"},
                   {{"create", "a", "b"}, "b"},
                   {{"create", "a", "--bogus"}, "--bogus"},
                   {{"rollback", "a", "--steps", "1", "--to", "2"}, "--steps excludes --to"},
                   {{"ready", "1", "--external", "x"}, "--external requires --bytes"},
                   {{"owners", "--all", "--limit", "2"}, "--limit excludes --all"},
                   {{"freeze", "a", "--channel", "c", "--all-channels"}, "--all-channels"},
                   {{"remove", "1", "a", "--all"}, "--all"},
                   {{"create", "a", "--reason"}, "--reason"},
                   {{"create", "a", "--actor", "x", "--actor", "y"}, "--actor"}};
  for (const auto& [words, named] : kMistakes) {
    Words with_json = words;
    with_json.insert(with_json.begin(), "--json");
    const Finished finished = run(with_json);
    EXPECT_EQ(finished.exit_code, 2) << named;
    EXPECT_EQ(finished.out, "");
    const Json error = one_line(finished.err)["error"];
    EXPECT_EQ(error["code"], "InvalidArgument");
    EXPECT_EQ(error["what"], "command line");
    EXPECT_NE(error["why"].get<std::string>().find(named), std::string::npos) << error;
    EXPECT_EQ(run(words).exit_code, 2);
  }
}

TEST_F(UsageTest, OptionsWithoutEffectAreRefusedAndNotIgnored) {
  const std::string id = building();
  const Words no_event[] = {{"list", "demo"},     {"show", id},          {"log"},
                            {"cat", id, "a.txt"}, {"store", id, "x"},    {"remove", id, "a.txt"},
                            {"rebuild"},          {"init", path("new")}, {"stats"}};
  for (Words words : no_event) {
    words.push_back("--json");
    for (const Words& option : {Words{"--request-id", "k"}, Words{"--dry-run"}}) {
      Words all = words;
      all.insert(all.end(), option.begin(), option.end());
      const Finished finished = run_program([&] {
        Words with_ledger = all;
        if (words[0] != "init") with_ledger.insert(with_ledger.begin(), {"--ledger", ledger()});
        return with_ledger;
      }());
      EXPECT_EQ(finished.exit_code, 2) << words[0];
      EXPECT_EQ(one_line(finished.err)["error"]["what"], option[0]) << finished.err;
    }
  }
  expect_error({"deploy", "demo", write_site("site"), "--dry-run"}, 2,
               {{"code", "InvalidArgument"},
                {"what", "--dry-run"},
                {"why", "not for 'deploy', which builds each step on the one before"}});
}

TEST_F(UsageTest, WordsThatLookLikeVerbsOrOptionsCanBeArguments) {
  EXPECT_EQ(json({"create", "list"})["owner_key"], "list");
  EXPECT_EQ(json({"create", "demo", "--source-ref", "--json"})["source_ref"], "--json");
  EXPECT_EQ(json({"create", "demo", "--source-ref", ""})["source_ref"], "");
  EXPECT_EQ(json({"create", "demo", "--reason=", "--source-ref=[a,b]"})["source_ref"], "[a,b]");
  EXPECT_EQ(json({"create", "--label", "a=1", "demo"})["owner_key"], "demo");
  EXPECT_EQ(json({"create", "--", "--demo"})["owner_key"], "--demo");
}

TEST_F(UsageTest, NoEscapeSequencesAwayFromATerminal) {
  json({"promote", "demo", ready()});
  for (const Words& words : {Words{"list", "demo"}, Words{"show", "1"}, Words{"log"},
                             Words{"activations", "demo"}, Words{"rebuild"}, Words{"--help"},
                             Words{"deploy", "demo", write_site("site")}, Words{"show", "9"}}) {
    const Finished finished = run(words);
    EXPECT_EQ((finished.out + finished.err).find('\x1b'), std::string::npos) << words[0];
  }
}

TEST_F(UsageTest, ColourOnlyOnATerminalThatWantsIt) {
  json({"promote", "demo", ready()});
  const Words words{"--ledger", ledger(), "list", "demo"};
  const auto coloured = [&](const Words& environment) {
    const Finished finished = run_on_terminal(words, environment);
    EXPECT_EQ(finished.exit_code, 0) << finished.out;
    EXPECT_NE(finished.out.find("ready"), std::string::npos);
    return finished.out.find("\x1b[32mready\x1b[0m") != std::string::npos;
  };
  EXPECT_TRUE(coloured({"TERM=xterm", "NO_COLOR"}));
  EXPECT_TRUE(coloured({"TERM=xterm", "NO_COLOR="}));
  EXPECT_FALSE(coloured({"TERM=xterm", "NO_COLOR=1"}));
  EXPECT_FALSE(coloured({"TERM=dumb", "NO_COLOR"}));
  EXPECT_FALSE(coloured({"TERM", "NO_COLOR"}));
}

TEST_F(UsageTest, ATerminalShowsProgressAndIsLeftClean) {
  const std::string id = building();
  write_site("site");
  const Words words{"--ledger", ledger(), "store", id, path("site")};
  const std::string told = run_on_terminal(words, {"TERM=xterm", "NO_COLOR=1"}).out;
  EXPECT_NE(told.find("\rstoring  "), std::string::npos) << told;
  EXPECT_NE(told.find("\r\x1b[Kstored 3 files"), std::string::npos) << told;
  EXPECT_EQ(run_on_terminal(words, {"TERM=dumb"}).out.find("storing"), std::string::npos);
}

TEST_F(UsageTest, AClosedStandardOutputIsAnErrorAndHarmsNothing) {
  const Finished finished = run({"create", "demo", "--json"}, {.prelude = "exec >&-"});
  EXPECT_EQ(finished.exit_code, 8);
  EXPECT_EQ(one_line(finished.err)["error"]["code"], "Io");
  EXPECT_EQ(json({"list", "demo"})["items"].size(), 1u) << "the command itself was done";
  EXPECT_EQ(json({"create", "demo"})["id"], 2);
}

}  // namespace
}  // namespace purser::tools::usage_test
