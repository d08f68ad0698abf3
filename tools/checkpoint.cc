#include "key_path.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct CheckpointArguments {
  std::optional<std::string> path;
  bool last = false;
  bool writes = true;  // unless `last`
};

Result<SignedCheckpoint> sign(Ledger& ledger, const CheckpointArguments& arguments) {
  if (arguments.path) return ledger.checkpoint(*arguments.path);
  const auto epoch = ledger.epoch();
  if (!epoch) return epoch.error();
  const auto path = default_key_path(ledger, *epoch);
  if (!path) return path.error();
  return ledger.checkpoint(*path);
}

Outcome checkpoint(Session& session, Ledger& ledger, const CheckpointArguments& arguments) {
  const auto made = arguments.last ? ledger.signed_checkpoint() : sign(ledger, arguments);
  if (!made) return made.error();
  return session.answer(json_of(*made), made->note);
}

}  // namespace

void add_checkpoint(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<CheckpointArguments>();
  Verb verb{"checkpoint", kAudit, "Sign the log as it stands, for auditors and witnesses",
            "purser checkpoint", Access::query};
  verb.writes = &arguments->writes;
  CLI::App* added = session.add_verb(app, verb, [&session, arguments](Ledger& ledger) {
    return checkpoint(session, ledger, *arguments);
  });
  CLI::Option* key = add_text_option(*added, "--key", arguments->path, "FILE",
                                     "The secret; where key new puts it unless given");
  added
      ->add_flag_callback(
          "--last",
          [arguments] {
            arguments->last = true;
            arguments->writes = false;
          },
          "Show the newest one instead, with the cosignatures that were added")
      ->excludes(key);
}

}  // namespace purser::tools
