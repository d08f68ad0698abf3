#include <fmt/format.h>

#include "escape.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Outcome init(Session& session, const std::string& argument) {
  const auto path = session.path_of_ledger(argument);
  if (!path) return path.error();
  const auto id = Ledger::init(*path);
  if (!id) return id.error();
  Json json{{"ledger_id", to_hex(*id)}};
  put_text(json, "path", *path);
  return session.answer(json, fmt::format("created ledger {} in {}\n", to_hex(*id), escape(*path)));
}

}  // namespace

void add_init(CLI::App& app, Session& session) {
  auto path = std::make_shared<std::string>();
  CLI::App* verb = session.add_verb_without_ledger(
      app, {"init", kUpkeep, "Make an empty ledger", "purser init /var/lib/purser", Access::none},
      [&session, path] { return init(session, *path); });
  verb->add_option("DIR", *path, "Absent or empty; --ledger stands for it")->type_name("");
}

}  // namespace purser::tools
