#include <fmt/format.h>

#include "progress_bar.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Result<std::vector<RebuildReport>> fold_anew(Ledger& ledger) {
  ProgressBar bar("rebuilding", "events");
  return ledger.rebuild(bar.callback());
}

Outcome rebuild(Session& session, Ledger& ledger) {
  const auto reports = fold_anew(ledger);
  if (!reports) return reports.error();
  Table table(
      {{"PROJECTION"}, {"VERSION", true}, {"BUILD", true}, {"EVENTS", true}, {"ROWS", true}},
      session.colour());
  for (const RebuildReport& one : *reports) {
    table.add({{one.projection},
               {fmt::to_string(one.version)},
               {fmt::to_string(one.build)},
               {fmt::to_string(one.events)},
               {fmt::to_string(one.rows)}});
  }
  return session.answer(Json{{"projections", json_of(*reports)}}, table.take());
}

}  // namespace

void add_rebuild(CLI::App& app, Session& session) {
  session.add_verb(app,
                   {"rebuild", kUpkeep, "Make everything derived anew from the events",
                    "purser rebuild", Access::edit},
                   [&session](Ledger& ledger) { return rebuild(session, ledger); });
}

}  // namespace purser::tools
