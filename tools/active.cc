#include <fmt/format.h>

#include "escape.h"
#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ActiveArguments {
  std::string owner;
  std::string channel;
  std::optional<std::string> at;
};

struct Standing {
  SharedDeployment deployment;
  std::optional<ChannelFreeze> frozen;
};

Result<Standing> standing_now(const Ledger& ledger, const ActiveArguments& arguments) {
  const auto deployment = ledger.active(arguments.owner, arguments.channel);
  if (!deployment) return deployment.error();
  const auto pointer = ledger.pointer(arguments.owner, arguments.channel);
  if (!pointer) return pointer.error();
  return Standing{*deployment, pointer->frozen};
}

Result<Standing> standing_then(const Ledger& ledger, const ActiveArguments& arguments) {
  const auto at = parse_as_of("--at", *arguments.at);
  if (!at) return at.error();
  const auto position = ledger.position_at(*at);  // one for both: the time may not be over
  if (!position) return position.error();
  const auto deployment = ledger.active_at(arguments.owner, arguments.channel, *position);
  if (!deployment) return deployment.error();
  const auto pointer = ledger.pointer_at(arguments.owner, arguments.channel, *position);
  if (!pointer) return pointer.error();
  return Standing{*deployment, pointer->frozen};
}

Outcome active(Session& session, const Ledger& ledger, const ActiveArguments& arguments) {
  const auto standing =
      arguments.at ? standing_then(ledger, arguments) : standing_now(ledger, arguments);
  if (!standing) return standing.error();
  const auto& [deployment, frozen] = *standing;
  const std::string be = arguments.at ? "was" : "is";
  if (deployment) {
    Json json = json_of(*deployment);
    json["frozen"] = json_of(frozen);
    static_cast<void>(session.answer(json, describe(session, *deployment)));
  } else {
    if (session.json()) session.out().json(nullptr);
    session.hint(fmt::format("nothing {} active on {} of {}", be, escape(arguments.channel),
                             escape(arguments.owner)));
  }
  if (frozen) {
    session.hint(fmt::format("{} of {} {} frozen {}", escape(arguments.channel),
                             escape(arguments.owner), be, escape(describe(*frozen))));
  }
  return deployment ? kDone : kNotFound;
}

}  // namespace

void add_active(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ActiveArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"active", kPointers, "The deployment that is active; exit code 3 if nothing is",
       "purser active project:demo --at 2026-11-22T14:05:00Z", Access::query},
      [&session, arguments](Ledger& ledger) { return active(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whose pointer to read");
  add_channel_option(*verb, arguments->channel);
  add_at_option(*verb, arguments->at);
}

}  // namespace purser::tools
