#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct CreateArguments {
  std::string owner;
  std::optional<std::string> source_ref;
  std::vector<std::string> labels;
};

Outcome create(Session& session, Ledger& ledger, const CreateArguments& arguments) {
  const auto labels = parse_labels(arguments.labels);
  if (!labels) return labels.error();
  const auto answer =
      ledger.create(arguments.owner, {arguments.source_ref, *labels}, session.context());
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer, "is building"));
}

}  // namespace

void add_create(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<CreateArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"create", kBuilds, "Begin a deployment: building, with no files yet",
       "purser create project:demo --source-ref 3f2a91c --label branch=main", Access::command},
      [&session, arguments](Ledger& ledger) { return create(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whom it belongs to, such as project:demo");
  add_text_option(*verb, "--source-ref", arguments->source_ref, "REF", "What it is built from");
  add_label_option(*verb, arguments->labels, "Any number of times");
}

}  // namespace purser::tools
