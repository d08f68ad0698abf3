// `key`: making the key that signs checkpoints.
#include <fmt/format.h>

#include "escape.h"
#include "key_path.h"
#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct KeyArguments {
  std::string action;
  std::optional<std::string> path;
  std::optional<std::string> epoch;
};

Outcome make_key(Session& session, Ledger& ledger, const KeyArguments& arguments) {
  if (arguments.action != "new") {
    return InvalidArgument{"ACTION", fmt::format("'{}' is none; there is new", arguments.action)};
  }
  std::uint64_t epoch = 1;
  if (arguments.epoch) {
    const auto number = parse_number("--epoch", *arguments.epoch, 1, UINT32_MAX);
    if (!number) return number.error();
    epoch = *number;
  }
  const auto path =
      arguments.path ? Result<std::string>(*arguments.path) : make_default_key_path(ledger, epoch);
  if (!path) return path.error();
  const auto key = ledger.make_key(*path, static_cast<std::uint32_t>(epoch), session.context());
  if (!key) return key.error();
  Json json{{"epoch", epoch}, {"key", *key}};
  put_text(json, "path", *path);
  session.hint("The secret is in " + escape(*path) +
               "; keep it and its .last file, apart from the ledger");
  return session.answer(json, *key + "\n");
}

}  // namespace

void add_key(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<KeyArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"key", kAudit, "Make a key that signs checkpoints: new", "purser key new", Access::edit},
      [&session, arguments](Ledger& ledger) { return make_key(session, ledger, *arguments); });
  add_argument(*verb, "ACTION", arguments->action, "new");
  add_text_option(*verb, "--key", arguments->path, "FILE",
                  "Where the secret goes; outside the ledger unless given");
  add_text_option(*verb, "--epoch", arguments->epoch, "N",
                  "Begin epoch N: after a lost key, or on a restored copy of the ledger");
}

}  // namespace purser::tools
