#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Outcome show(Session& session, const Ledger& ledger, const std::string& text) {
  const auto id = parse_id(ledger, text);
  if (!id) return id.error();
  const auto deployment = ledger.get(*id);
  if (!deployment) return deployment.error();
  return session.answer(json_of(*deployment), describe(session, *deployment));
}

}  // namespace

void add_show(CLI::App& app, Session& session) {
  auto id = std::make_shared<std::string>();
  CLI::App* verb = session.add_verb(
      app, {"show", kQueries, "All about one deployment", "purser show 5f0c", Access::query},
      [&session, id](Ledger& ledger) { return show(session, ledger, *id); });
  add_argument(*verb, "ID", *id, "An id, or an identifier or its beginning");
}

}  // namespace purser::tools
