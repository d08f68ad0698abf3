#include <fmt/format.h>

#include "escape.h"
#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct RemoveArguments {
  std::string id;
  std::optional<std::string> path;
  bool all = false;
};

Outcome remove(Session& session, Ledger& ledger, const RemoveArguments& arguments) {
  if (!arguments.all && !arguments.path) return InvalidArgument{"PATH", "no file named; or --all"};
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const Status removed =
      arguments.all ? ledger.remove_all(*id) : ledger.remove(*id, *arguments.path);
  if (!removed) return removed.error();
  Json json{{"id", id->value}};
  put_optional_text(json, "path", arguments.path);
  return session.answer(
      json, fmt::format("removed {} from deployment {}\n",
                        arguments.path ? escape(*arguments.path) : "all files", id->value));
}

}  // namespace

void add_remove(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<RemoveArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"remove", kFiles, "Take a file out of a building deployment",
       "purser remove 3 assets/old.js", Access::edit},
      [&session, arguments](Ledger& ledger) { return remove(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  CLI::Option* path = add_text_option(*verb, "PATH", arguments->path, "", "As files lists it");
  verb->add_flag("--all", arguments->all, "All its files")->excludes(path);
}

}  // namespace purser::tools
