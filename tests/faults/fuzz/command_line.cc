// The command line of the program, parsed and not run: every list of words is refused, asks for
// help, or chooses a verb that it names.
#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "faults/fuzz/harness.h"
#include "parse.h"

namespace purser::fuzz {
namespace {

// One of each for all inputs: making them takes a hundred times as long as parsing.
struct CommandLine {
  tools::Session session;
  CLI::App app;
  CommandLine() { tools::set_up_command_line(app, session, "purser 0"); }
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty() && words.size() < 12) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    words.emplace_back(text.substr(0, end));
    std::erase(words.back(), '\0');  // no word of a command line has one
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// What came of it: the verb that was chosen, or in what way it was refused.
std::string parse(CommandLine& line, const std::vector<std::string>& words) {
  try {
    line.app.parse(tools::reversed_words(words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return error.get_name();
    require(!tools::explain(line.app, error).empty(), "what is refused is told why");
    return error.get_name() + ": " + error.what();
  }
  const std::vector<CLI::App*> verbs = line.app.get_subcommands();
  require(verbs.size() == 1, "one verb is chosen");
  return verbs.front()->get_name();
}

void look_at_line(const std::vector<std::string>& words) {
  static CommandLine line;
  std::string outcome = parse(line, words);
  require(parse(line, words) == outcome, "the same words mean the same");
  if (mutant("another-verb") && outcome == "promote") outcome = "rollback";
  const std::vector<CLI::App*> verbs = line.app.get_subcommands();
  if (verbs.size() != 1 || outcome.find(':') != std::string::npos) return;
  const bool named = std::find(words.begin(), words.end(), outcome) != words.end();
  require(named || outcome.starts_with("CallFor"), "the verb that is chosen is named");
}

void look_at_word(const std::string& word) {
  if (const auto number = tools::parse_number("N", word)) {
    const std::size_t first = std::min(word.find_first_not_of('0'), word.size() - 1);
    require(std::to_string(*number) == word.substr(first), "a number is what its digits say");
  }
  if (const auto time = parse_time(word)) {
    require(parse_time(to_rfc3339(*time)) == time, "a time is told as it was read");
  }
  static_cast<void>(tools::parse_moment("W", word));
  static_cast<void>(tools::parse_as_of("W", word));
  if (const auto labels = tools::parse_labels({word})) {
    require(labels->size() == 1, "a label is one label");
    require(labels->begin()->first + "=" + labels->begin()->second == word, "and no other");
  }
}

}  // namespace

void look(std::string_view input) {
  const std::vector<std::string> words = words_of(input);
  look_at_line(words);
  for (const std::string& word : words) look_at_word(word);
}

}  // namespace purser::fuzz
