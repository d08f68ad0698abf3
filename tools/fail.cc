#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct FailArguments {
  std::string id;
  std::string code;
  std::string message;
};

Outcome fail(Session& session, Ledger& ledger, const FailArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto answer = ledger.mark_failed(*id, arguments.code, arguments.message, session.context());
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer, "has failed"));
}

}  // namespace

void add_fail(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<FailArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"fail", kBuilds, "End a build as failed; its files stay readable",
       "purser fail 3 --code tests_failed --message '2 of 318 tests failed'", Access::command},
      [&session, arguments](Ledger& ledger) { return fail(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  verb->add_option("--code", arguments->code, "What went wrong, as a word for programs")
      ->required()
      ->type_name("CODE");
  verb->add_option("--message", arguments->message, "What went wrong, for people")
      ->required()
      ->type_name("TEXT");
}

}  // namespace purser::tools
