#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ClearArguments {
  std::string owner;
  std::string channel;
  std::optional<std::string> expect;
};

Outcome clear(Session& session, Ledger& ledger, const ClearArguments& arguments) {
  const auto expect = parse_expect(arguments.expect);
  if (!expect) return expect.error();
  const auto answer =
      ledger.clear(arguments.owner, {arguments.channel, *expect}, session.context());
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer));
}

}  // namespace

void add_clear(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ClearArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"clear", kPointers, "Unpublish: nothing is active; a rollback undoes it",
       "purser clear project:demo --channel beta", Access::command},
      [&session, arguments](Ledger& ledger) { return clear(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whose pointer to clear");
  add_channel_option(*verb, arguments->channel);
  add_expect_option(*verb, arguments->expect);
}

}  // namespace purser::tools
