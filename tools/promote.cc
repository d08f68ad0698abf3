#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct PromoteArguments {
  std::string owner;
  std::string id;
  PromoteOptions options;
  std::optional<std::string> expect;
};

Outcome promote(Session& session, Ledger& ledger, const PromoteArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto expect = parse_expect(arguments.expect);
  if (!expect) return expect.error();
  PromoteOptions options = arguments.options;
  options.expect = *expect;
  const auto answer = ledger.promote(arguments.owner, *id, options, session.context());
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer));
}

}  // namespace

void add_promote(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<PromoteArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"promote", kPointers, "Make a ready deployment the active one of its owner",
       "purser promote project:demo 3 --expect 7", Access::command},
      [&session, arguments](Ledger& ledger) { return promote(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whom the deployment belongs to");
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_channel_option(*verb, arguments->options.channel);
  add_expect_option(*verb, arguments->expect);
  verb->add_flag("--not-older", arguments->options.not_older,
                 "Refuse to replace a deployment that was created later");
  verb->add_flag("--allow-bad", arguments->options.allow_bad, "Even if it is marked bad");
}

}  // namespace purser::tools
