#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct CatArguments {
  std::string id;
  std::string path;
};

Outcome cat(Session& session, const Ledger& ledger, const CatArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto bytes = ledger.retrieve(*id, arguments.path);
  if (!bytes) return bytes.error();
  session.out().write(*bytes);
  return kDone;
}

}  // namespace

void add_cat(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<CatArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"cat", kFiles, "The bytes of one file, exactly, to standard output",
       "purser cat 3 index.html", Access::query},
      [&session, arguments](Ledger& ledger) { return cat(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_argument(*verb, "PATH", arguments->path, "As files lists it");
}

}  // namespace purser::tools
