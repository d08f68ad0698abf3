// `mark-bad`, `pin`, and their undoing.
#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

using Change = Result<DeploymentAnswer> (Ledger::*)(DeploymentId, const Context&);

Outcome change_mark(Session& session, Ledger& ledger, const std::string& text, Change change,
                    std::string_view what) {
  const auto id = parse_id(ledger, text);
  if (!id) return id.error();
  const auto answer = (ledger.*change)(*id, session.context());
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer, what));
}

void add_mark(CLI::App& app, Session& session, const Verb& verb, Change change,
              std::string_view what) {
  auto id = std::make_shared<std::string>();
  CLI::App* command = session.add_verb(app, verb, [&session, id, change, what](Ledger& ledger) {
    return change_mark(session, ledger, *id, change, what);
  });
  add_argument(*command, "ID", *id, "An id, or an identifier or its beginning");
}

}  // namespace

void add_mark_bad(CLI::App& app, Session& session) {
  add_mark(app, session,
           {"mark-bad", kUpkeep, "Bar a deployment from promotion and rollback",
            "purser mark-bad 3 --reason 'loses the basket'", Access::command},
           &Ledger::mark_bad, "is marked bad");
}

void add_unmark_bad(CLI::App& app, Session& session) {
  add_mark(app, session,
           {"unmark-bad", kUpkeep, "Take the mark off again",
            "purser unmark-bad 3 --reason 'it was the load balancer'", Access::command},
           &Ledger::unmark_bad, "is not marked bad");
}

void add_pin(CLI::App& app, Session& session) {
  add_mark(app, session,
           {"pin", kUpkeep, "Keep the files of a deployment from being deleted",
            "purser pin 3 --reason 'what the auditors saw'", Access::command},
           &Ledger::pin, "is pinned");
}

void add_unpin(CLI::App& app, Session& session) {
  add_mark(app, session,
           {"unpin", kUpkeep, "Let the files of a deployment be deleted again",
            "purser unpin 3 --reason 'the audit is over'", Access::command},
           &Ledger::unpin, "is not pinned");
}

}  // namespace purser::tools
