// `prove`, and the bytes that a proof is about.
#include <fmt/format.h>

#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ProveArguments {
  std::string what;
  std::vector<std::string> numbers;
};

Result<std::string> prove(const Ledger& ledger, const ProveArguments& arguments) {
  std::vector<Position> positions;
  for (const std::string& text : arguments.numbers) {
    const auto number = parse_number("POSITION", text, 0);
    if (!number) return number.error();
    positions.push_back(Position{*number});
  }
  if (arguments.what == "event" && positions.size() == 1) {
    return ledger.event_proof_file(positions[0]);
  }
  if (arguments.what == "consistency" && positions.size() == 2) {
    return ledger.consistency_proof_file(positions[0], positions[1]);
  }
  return InvalidArgument{"command line", "there is prove event POSITION and prove consistency M N"};
}

Outcome tell_proof(Session& session, const Ledger& ledger, const ProveArguments& arguments) {
  const auto proof = prove(ledger, arguments);
  if (!proof) return proof.error();
  return session.answer(Json{{"proof", *proof}}, *proof);
}

Outcome write_event(Session& session, const Ledger& ledger, const std::string& text) {
  const auto position = parse_number("POSITION", text, 1);
  if (!position) return position.error();
  const auto bytes = ledger.stored_event(Position{*position});
  if (!bytes) return bytes.error();
  session.out().write(*bytes);
  return kDone;
}

}  // namespace

void add_prove(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ProveArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"prove", kAudit, "Prove an event to be in the log, or the log to have only grown",
       "purser prove event 42", Access::query},
      [&session, arguments](Ledger& ledger) { return tell_proof(session, ledger, *arguments); });
  add_argument(*verb, "WHAT", arguments->what, "event or consistency");
  verb->add_option("POSITION", arguments->numbers,
                   "Of the event; for consistency the older and the newer size")
      ->required()
      ->expected(1, 2)
      ->type_name("");
}

void add_event(CLI::App& app, Session& session) {
  auto position = std::make_shared<std::string>();
  CLI::App* verb = session.add_verb(
      app,
      {"event", kAudit, "The bytes of one event as they are stored, exactly, to standard output",
       "purser event 42", Access::query},
      [&session, position](Ledger& ledger) { return write_event(session, ledger, *position); });
  add_argument(*verb, "POSITION", *position, "Of the event");
}

}  // namespace purser::tools
