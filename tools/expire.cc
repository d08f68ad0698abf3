#include <fmt/format.h>

#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Outcome expire(Session& session, Ledger& ledger, const std::string& older_than) {
  const auto moment = parse_moment("--older-than", older_than);
  if (!moment) return moment.error();
  const auto report = ledger.expire(*moment, session.context());
  if (!report) return report.error();
  std::string text;
  for (const DeploymentId id : report->failed) {
    text += fmt::format("deployment {} {}\n", id.value,
                        session.dry_run() ? "would be marked failed [dry run: nothing was written]"
                                          : "has failed: interrupted");
  }
  return session.answer(Json{{"failed", json_of(report->failed)}}, text);
}

}  // namespace

void add_expire(CLI::App& app, Session& session) {
  auto older_than = std::make_shared<std::string>();
  CLI::App* verb = session.add_verb(
      app,
      {"expire", kUpkeep, "Mark builds that never ended as failed (interrupted)",
       "purser expire --older-than 24h", Access::command},
      [&session, older_than](Ledger& ledger) { return expire(session, ledger, *older_than); });
  verb->add_option("--older-than", *older_than,
                   "Building since before a time, a date, or a time ago (90m, 24h, 7d)")
      ->required()
      ->type_name("WHEN");
}

}  // namespace purser::tools
