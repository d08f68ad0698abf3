// The words that name the ledger to be made and what it is made from.
#pragma once

#include <string>
#include <vector>

#include "session.h"

namespace purser::tools {

struct ImportWords {
  std::vector<std::string> words;  ///< DIR, unless --ledger stands for it, and the source
  std::string directory;
  std::string source;
};

/// `source` is how help calls it, `what` says what it may be.
void add_import_words(CLI::App& verb, ImportWords& words, const std::string& source,
                      const std::string& what);

/// One word is the source, and --ledger stands for DIR. Errors: InvalidArgument.
Status tell_apart(const Session& session, ImportWords& words);

}  // namespace purser::tools
