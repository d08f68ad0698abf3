#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ShowArguments {
  std::string id;
  std::optional<std::string> at;
};

Result<Deployment> find(const Ledger& ledger, const ShowArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  if (!arguments.at) return ledger.get(*id);
  const auto at = parse_as_of("--at", *arguments.at);
  if (!at) return at.error();
  return ledger.get_at(*id, *at);
}

Outcome show(Session& session, const Ledger& ledger, const ShowArguments& arguments) {
  const auto deployment = find(ledger, arguments);
  if (!deployment) return deployment.error();
  return session.answer(json_of(*deployment), describe(session, *deployment));
}

}  // namespace

void add_show(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* verb = session.add_verb(
      app, {"show", kQueries, "All about one deployment", "purser show 5f0c", Access::query},
      [&session, arguments](Ledger& ledger) { return show(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_at_option(*verb, arguments->at);
}

}  // namespace purser::tools
