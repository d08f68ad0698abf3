#include <fmt/format.h>

#include "verbs.h"

namespace purser::tools {
namespace {

std::string describe_stats(const Session& session, const Stats& stats) {
  Fields fields(session.colour());
  fields.add("ledger", to_hex(stats.ledger_id));
  if (stats.origin) {
    fields.add("origin", fmt::format("{} of {} events of {}", to_string(stats.origin->kind),
                                     stats.origin->size.value, to_hex(stats.origin->ledger_id)));
  }
  fields.add("format", fmt::to_string(stats.format));
  fields.add("writer", stats.writer_pid ? fmt::format("process {}", *stats.writer_pid) : "-");
  fields.add("events", fmt::to_string(stats.log_size.value));
  fields.add("anchored", fmt::format("{}: after a crash, losing events up to here is noticed",
                                     stats.anchored.value));
  fields.add("last event", stats.last_event_time ? to_rfc3339(*stats.last_event_time) : "-");
  fields.add("last deployment", fmt::to_string(stats.last_deployment.value));
  for (const ProjectionStats& one : stats.projections) {
    fields.add("projection", fmt::format("{} version {}, build {}, at position {}", one.name,
                                         one.version, one.build, one.cursor.value));
  }
  return fields.text();
}

Outcome stats(Session& session, const Ledger& ledger) {
  const auto answer = ledger.stats();
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), describe_stats(session, *answer));
}

}  // namespace

void add_stats(CLI::App& app, Session& session) {
  session.add_verb(
      app, {"stats", kQueries, "Figures of the ledger", "purser stats --json", Access::query},
      [&session](Ledger& ledger) { return stats(session, ledger); });
}

}  // namespace purser::tools
