#include <fmt/format.h>

#include "escape.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ActiveArguments {
  std::string owner;
  std::string channel;
};

Outcome active(Session& session, const Ledger& ledger, const ActiveArguments& arguments) {
  const auto deployment = ledger.active(arguments.owner, arguments.channel);
  if (!deployment) return deployment.error();
  const auto pointer = ledger.pointer(arguments.owner, arguments.channel);
  if (!pointer) return pointer.error();
  if (*deployment) {
    Json json = json_of(**deployment);
    json["frozen"] = json_of(pointer->frozen);
    static_cast<void>(session.answer(json, describe(session, **deployment)));
  } else {
    if (session.json()) session.out().json(nullptr);
    session.hint(fmt::format("nothing is active on {} of {}", escape(arguments.channel),
                             escape(arguments.owner)));
  }
  if (pointer->frozen) {
    session.hint(fmt::format("{} of {} is frozen {}", escape(arguments.channel),
                             escape(arguments.owner), escape(describe(*pointer->frozen))));
  }
  return *deployment ? kDone : kNotFound;
}

}  // namespace

void add_active(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ActiveArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"active", kPointers, "The deployment that is active; exit code 3 if nothing is",
       "purser active project:demo", Access::query},
      [&session, arguments](Ledger& ledger) { return active(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whose pointer to read");
  add_channel_option(*verb, arguments->channel);
}

}  // namespace purser::tools
