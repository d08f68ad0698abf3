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
  if (*deployment) return session.answer(json_of(**deployment), describe(session, **deployment));
  if (session.json()) session.out().json(nullptr);
  session.hint(fmt::format("nothing is active on {} of {}", escape(arguments.channel),
                           escape(arguments.owner)));
  return kNotFound;
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
