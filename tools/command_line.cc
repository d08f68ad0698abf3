#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "verbs.h"

namespace purser::tools {
namespace {

// Leaves out what CLI11 says about types of its own.
class HelpFormat : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? "" : " " + option->get_type_name();
  }
  std::string make_option_usage(const CLI::Option* option) const override {
    std::string usage = make_option_name(option, true);
    if (option->get_expected_max() > 1) usage += "...";
    return option->get_required() ? usage : "[" + usage + "]";
  }
};

}  // namespace

void set_up_command_line(CLI::App& app, Session& session, const std::string& version) {
  app.description(
      "A ledger of deployments: immutable builds, and the pointers that say which is live.");
  app.name("purser");
  auto format = std::make_shared<HelpFormat>();
  format->label("SUBCOMMAND", "VERB");
  format->label("Positionals", "Arguments");
  app.formatter(format);
  app.set_help_flag("--help", "Show this, or with a verb what it takes");
  app.set_version_flag("--version", version, "Show the version");
  session.add_global_options(app);
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(
      "Options stand before or after the verb. purser VERB --help shows an example of each.");
  add_all_verbs(app, session);
}

std::vector<std::string> reversed_words(const std::vector<std::string>& words) {
  std::vector<std::string> reversed;
  bool options = true;
  for (std::string word : words) {
    options = options && word != "--";
    const bool is_empty =
        word.size() > 3 && word.starts_with("--") && word.find('=') == word.size() - 1;
    if (options && is_empty) word.pop_back();
    reversed.push_back(std::move(word));
    if (options && is_empty) reversed.emplace_back();
  }
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

bool asks_for_json(const std::vector<std::string>& words) {
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    if (*word == "--") return false;
    if (*word == "--json") return true;
  }
  return false;
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  if (!app.get_subcommands().empty()) return error.what();
  for (const std::string& word : app.remaining()) {
    if (!word.starts_with("-")) return "no verb is called '" + word + "'; see purser --help";
  }
  if (error.get_name() == "RequiredError") return "no verb given; see purser --help";
  return error.what();
}

}  // namespace purser::tools
