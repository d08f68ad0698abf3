#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ReadyArguments {
  std::string id;
  std::optional<std::string> location;
  std::optional<std::string> bytes;
  bool allow_empty = false;
};

Result<DeploymentAnswer> mark_ready(Session& session, Ledger& ledger,
                                    const ReadyArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  if (!arguments.location) {
    return ledger.mark_ready(*id, {arguments.allow_empty}, session.context());
  }
  const auto bytes = parse_number("--bytes", *arguments.bytes);
  if (!bytes) return bytes.error();
  return ledger.mark_ready_external(*id, *arguments.location, *bytes, session.context());
}

Outcome ready(Session& session, Ledger& ledger, const ReadyArguments& arguments) {
  const auto answer = mark_ready(session, ledger, arguments);
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer, "is ready"));
}

}  // namespace

void add_ready(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ReadyArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"ready", kBuilds, "Seal the files of a deployment, or say where they are", "purser ready 3",
       Access::command},
      [&session, arguments](Ledger& ledger) { return ready(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  CLI::Option* location = add_text_option(*verb, "--external", arguments->location, "LOCATION",
                                          "The artifact is there; recorded, not verified");
  CLI::Option* bytes =
      add_text_option(*verb, "--bytes", arguments->bytes, "N", "Size of the external artifact");
  location->needs(bytes);
  bytes->needs(location);
  verb->add_flag("--allow-empty", arguments->allow_empty, "An artifact without files is meant")
      ->excludes(location);
}

}  // namespace purser::tools
