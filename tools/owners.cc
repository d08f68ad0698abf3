#include "pages.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Outcome owners(Session& session, const Ledger& ledger, const PageArguments& arguments) {
  const Listing<std::string> listing{
      {{"OWNER"}},
      [](const std::string& owner) { return std::vector<Cell>{{owner}}; },
      [](const std::string& owner) {
        Json object;
        put_text(object, "owner_key", owner);
        return object;
      }};
  return list_pages(session, arguments, listing,
                    [&](const PageRequest& page) { return ledger.owners(page); });
}

}  // namespace

void add_owners(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<PageArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"owners", kQueries, "Everyone who has a deployment", "purser owners --all", Access::query},
      [&session, arguments](Ledger& ledger) { return owners(session, ledger, *arguments); });
  add_page_options(*verb, *arguments);
}

}  // namespace purser::tools
