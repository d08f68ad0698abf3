#include "intake.h"
#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct StoreArguments {
  std::string id;
  std::string path;
  std::optional<std::string> name;
  StoreTreeOptions options;
};

Outcome store(Session& session, Ledger& ledger, const StoreArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto report = take_in(ledger, *id, arguments.path, arguments.name, arguments.options);
  if (!report) return report.error();
  return session.answer(json_of(*report), sentence(*report));
}

}  // namespace

void add_store(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<StoreArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"store", kBuilds, "Add a folder's contents or one file to a building deployment",
       "purser store 3 ./dist", Access::edit},
      [&session, arguments](Ledger& ledger) { return store(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_argument(*verb, "PATH", arguments->path, "A folder, a file, or - for standard input");
  add_text_option(*verb, "--as", arguments->name, "NAME", "Path of the one file in the artifact");
  add_trust_option(*verb, arguments->options);
  session.add_compression_option(*verb);
}

}  // namespace purser::tools
