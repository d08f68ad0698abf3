// The command line: what it may hold, and how its words are read. One run of the program has one.
#pragma once

#include <string>
#include <vector>

#include "session.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace purser::tools {

/// Puts the global options and every verb into `app`, which is new. `session`, which must outlive
/// it, is told which verb was chosen and with what. `version` is what `--version` shows.
void set_up_command_line(CLI::App& app, Session& session, const std::string& version);

/// The words behind the program's name as CLI11 takes them: in the reverse order, and `--name=` as
/// `--name ""`, since it would take the next word for the value.
std::vector<std::string> reversed_words(const std::vector<std::string>& words);

/// Whether the answer is to be in JSON: parsing may have failed before it came to `--json`. Takes
/// the words reversed.
bool asks_for_json(const std::vector<std::string>& words);

/// What is wrong with a command line, for people.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace purser::tools
