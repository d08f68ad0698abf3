// `freeze` and its undoing.
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct FreezeArguments {
  std::string owner;
  std::string channel;
  bool all_channels = false;
  bool rollback_too = false;

  [[nodiscard]] std::optional<std::string> scope() const {
    return all_channels ? std::nullopt : std::optional(channel);
  }
};

Outcome tell(Session& session, const Result<FreezeAnswer>& answer) {
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer));
}

void add_scope_options(CLI::App& verb, FreezeArguments& arguments, const char* owner,
                       const char* all_channels) {
  add_argument(verb, "OWNER", arguments.owner, owner);
  CLI::Option* channel = add_channel_option(verb, arguments.channel);
  verb.add_flag("--all-channels", arguments.all_channels, all_channels)->excludes(channel);
}

}  // namespace

void add_freeze(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<FreezeArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"freeze", kPointers, "Refuse promotions and clears of a channel; rollbacks stay allowed",
       "purser freeze project:demo --reason 'release week'", Access::command},
      [&session, arguments](Ledger& ledger) {
        return tell(session,
                    ledger.freeze(arguments->owner, {arguments->scope(), arguments->rollback_too},
                                  session.context()));
      });
  add_scope_options(*verb, *arguments, "Whose channel to freeze",
                    "Every channel of the owner, those to come included");
  verb->add_flag("--rollback-too", arguments->rollback_too, "Refuse rollbacks as well");
}

void add_unfreeze(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<FreezeArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"unfreeze", kPointers, "End a freeze: that of a channel, or that of all channels",
       "purser unfreeze project:demo --all-channels", Access::command},
      [&session, arguments](Ledger& ledger) {
        return tell(session,
                    ledger.unfreeze(arguments->owner, {arguments->scope()}, session.context()));
      });
  add_scope_options(*verb, *arguments, "Whose channel to unfreeze",
                    "The freeze of all channels together, not those of single ones");
}

}  // namespace purser::tools
