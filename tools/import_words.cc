#include "import_words.h"

#include <CLI/CLI.hpp>

namespace purser::tools {

void add_import_words(CLI::App& verb, ImportWords& words, const std::string& source,
                      const std::string& what) {
  verb.add_option(source, words.words,
                  "DIR, absent or empty or a ledger without events, and " + what +
                      "; --ledger stands for DIR")
      ->required()
      ->expected(1, 2)
      ->type_name("");
}

Status tell_apart(const Session& session, ImportWords& words) {
  words.source = words.words.back();
  const std::string directory = words.words.size() > 1 ? words.words.front() : "";
  const auto path = session.path_of_ledger(directory);
  if (!path) return path.error();
  words.directory = *path;
  if (words.source.empty()) return InvalidArgument{"the last word", "is empty"};
  return {};
}

}  // namespace purser::tools
