#include <fmt/format.h>

#include "escape.h"
#include "parse.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ReplayArguments {
  std::string to;
  std::string into;
};

Result<LedgerId> run(const Ledger& ledger, Position to, const std::string& into) {
  ProgressBar bar("replaying", "events");
  return ledger.replay(to, into, bar.callback());
}

Outcome replay(Session& session, const Ledger& ledger, const ReplayArguments& arguments) {
  const auto to = parse_number("--to", arguments.to, 1);
  if (!to) return to.error();
  const auto id = run(ledger, Position{*to}, arguments.into);
  if (!id) return id.error();
  Json json{{"ledger_id", to_hex(*id)}};
  put_text(json, "path", arguments.into);
  json["size"] = *to;
  static_cast<void>(session.answer(json, fmt::format("{} holds the first {} events, as ledger {}\n",
                                                     escape(arguments.into), *to, to_hex(*id))));
  session.hint("the bytes of artifacts stay where they are: its files cannot be read");
  return kDone;
}

}  // namespace

void add_replay(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ReplayArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"replay", kUpkeep, "Make a second ledger from the first events of this one",
       "purser replay --to 120 --into /tmp/what-if", Access::query},
      [&session, arguments](Ledger& ledger) { return replay(session, ledger, *arguments); });
  verb->add_option("--to", arguments->to, "The last event to take over")
      ->required()
      ->type_name("POSITION");
  verb->add_option("--into", arguments->into, "A folder that is absent or empty")
      ->required()
      ->type_name("DIR");
}

}  // namespace purser::tools
