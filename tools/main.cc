#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "escape.h"
#include "session.h"
#include "verbs.h"

namespace purser::tools {
namespace {

// A closed standard descriptor would be given to the next file opened, perhaps one of the ledger's,
// and our own output would land in it. A stand-in that cannot be used that way takes its place.
void occupy_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) {
      static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    }
  }
}

// In the reverse order that CLI11 takes. `--name=` becomes `--name ""`: CLI11 would take the next
// word for the value.
std::vector<std::string> read_words(int argc, char** argv) {
  std::vector<std::string> words;
  bool options = true;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    options = options && word != "--";
    if (options && word.size() > 3 && word.starts_with("--") && word.find('=') == word.size() - 1) {
      word.pop_back();
      words.push_back(word);
      words.emplace_back();
    } else {
      words.push_back(word);
    }
  }
  std::reverse(words.begin(), words.end());
  return words;
}

// Parsing may have failed before it came to `--json`.
bool asks_for_json(const std::vector<std::string>& reversed_words) {
  for (auto word = reversed_words.rbegin(); word != reversed_words.rend(); ++word) {
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

int print(Session& session, std::string_view text) {
  session.out().write(text);
  const Status flushed = session.out().flush();
  return flushed ? kDone : session.report(flushed.error());
}

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

int run(int argc, char** argv) {
  Session session;
  CLI::App app(
      "A ledger of deployments: immutable builds, and the pointers that say which is live.",
      "purser");
  auto format = std::make_shared<HelpFormat>();
  format->label("SUBCOMMAND", "VERB");
  format->label("Positionals", "Arguments");
  app.formatter(format);
  app.set_help_flag("--help", "Show this, or with a verb what it takes");
  app.set_version_flag("--version", "purser " PURSER_VERSION, "Show the version");
  session.add_global_options(app);
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(
      "Options stand before or after the verb. purser VERB --help shows an example of each.");
  add_all_verbs(app, session);

  std::vector<std::string> words = read_words(argc, argv);
  if (asks_for_json(words)) session.use_json();
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return print(session, app.help());
  } catch (const CLI::CallForVersion&) {
    return print(session, app.version() + "\n");
  } catch (const CLI::ParseError& error) {
    const int code = session.report(InvalidArgument{"command line", explain(app, error)});
    for (const CLI::App* verb : app.get_subcommands()) {
      session.hint("purser " + verb->get_name() + " --help shows what it takes");
    }
    return code;
  }
  return session.run();
}

}  // namespace
}  // namespace purser::tools

int main(int argc, char** argv) {
  purser::tools::occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of write, told and counted
  try {
    return purser::tools::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "purser: internal error: %s\n",
                 purser::tools::escape(error.what()).c_str());
  } catch (...) {
    std::fputs("purser: internal error\n", stderr);
  }
  return purser::tools::kInternal;
}
