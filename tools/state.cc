#include <fmt/format.h>

#include "pages.h"
#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct StateArguments {
  std::optional<std::string> at;
  PageArguments page;
};

std::vector<Cell> pointer_row(const Pointer& pointer) {
  return {{pointer.owner_key},
          {pointer.channel},
          {id_text(pointer.active)},
          {id_text(pointer.previous)},
          {fmt::to_string(pointer.generation.value)},
          {pointer.since ? to_rfc3339(*pointer.since) : "-", Style::faint},
          {pointer.frozen ? "frozen" : "", Style::waiting}};
}

// Every page comes from one position, also where the time is not over yet.
Result<Position> moment_of(const Ledger& ledger, const StateArguments& arguments) {
  if (!arguments.at) return ledger.position_at(Timestamp{INT64_MAX});
  const auto at = parse_as_of("--at", *arguments.at);
  if (!at) return at.error();
  return ledger.position_at(*at);
}

Outcome state(Session& session, const Ledger& ledger, const StateArguments& arguments) {
  const auto position = moment_of(ledger, arguments);
  if (!position) return position.error();
  const Listing<Pointer> listing{{{"OWNER"},
                                  {"CHANNEL"},
                                  {"ACTIVE", true},
                                  {"PREVIOUS", true},
                                  {"GENERATION", true},
                                  {"SINCE"},
                                  {""}},
                                 pointer_row};
  return list_pages(session, arguments.page, listing,
                    [&](const PageRequest& page) { return ledger.state_at(*position, page); });
}

}  // namespace

void add_state(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<StateArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"state", kQueries, "Every pointer of every owner: what is live where, or was",
       "purser state --at 2026-11-22T14:05:00Z", Access::query},
      [&session, arguments](Ledger& ledger) { return state(session, ledger, *arguments); });
  add_at_option(*verb, arguments->at);
  add_page_options(*verb, arguments->page);
}

}  // namespace purser::tools
