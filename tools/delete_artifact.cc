#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct DeleteArguments {
  std::string id;
  std::optional<std::string> keep;
};

Outcome delete_artifact(Session& session, Ledger& ledger, const DeleteArguments& arguments) {
  DeleteArtifactOptions options;
  if (arguments.keep) {
    const auto keep = parse_number("--keep", *arguments.keep, 0, UINT32_MAX);
    if (!keep) return keep.error();
    options.keep = static_cast<std::uint32_t>(*keep);
  }
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto answer = ledger.delete_artifact(*id, options, session.context());
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer, "has no files any more"));
}

}  // namespace

void add_delete_artifact(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<DeleteArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"delete-artifact", kUpkeep, "Give up the files of a deployment; its record stays",
       "purser delete-artifact 3 --reason 'older than a year'", Access::command},
      [&session, arguments](Ledger& ledger) {
        return delete_artifact(session, ledger, *arguments);
      });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_text_option(*verb, "--keep", arguments->keep, "N",
                  "Rollback targets of each channel that are protected; 1 unless given");
}

}  // namespace purser::tools
