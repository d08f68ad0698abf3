#include <fmt/format.h>

#include "verbs.h"

namespace purser::tools {
namespace {

Json projection_json(const ProjectionStats& projection) {
  return Json{{"name", projection.name},
              {"version", projection.version},
              {"build", projection.build},
              {"cursor", projection.cursor.value}};
}

Json projection_json(const UserProjectionStats& projection, Position log_size) {
  Json object;
  object["name"] = projection.name;
  object["version"] = projection.version;
  object["build"] = projection.build;
  object["cursor"] = projection.cursor.value;
  object["behind"] = projection.cursor < log_size;
  put_optional_text(object, "failure", projection.failure);
  return object;
}

Json times_json(const Histogram& times) {
  return {{"count", times.count},
          {"sum", times.sum_us},
          {"max", times.max_us},
          {"half_below", times.less_than_us(0.5)},
          {"99_percent_below", times.less_than_us(0.99)},
          {"steps", times.steps}};
}

Json counters_json(const Counters& counters) {
  return {{"commands", counters.commands},
          {"rejected", counters.rejected},
          {"unknown", counters.unknown},
          {"groups", counters.groups},
          {"rows", counters.rows},
          {"bytes", counters.bytes},
          {"command_us", times_json(counters.command_time)},
          {"sync_us", times_json(counters.sync_time)}};
}

Json database_json(const DatabaseStats& database) {
  return {{"table_bytes", database.table_bytes},
          {"log_bytes", database.log_bytes},
          {"cache_bytes", database.cache_bytes},
          {"cache_bytes_max", database.cache_bytes_max},
          {"memtable_bytes", database.memtable_bytes},
          {"background_errors", database.background_errors}};
}

Json stats_json(const Stats& stats) {
  Json object;
  object["ledger_id"] = to_hex(stats.ledger_id);
  object["origin"] = json_of(stats.origin);
  object["format"] = stats.format;
  object["writer_pid"] = stats.writer_pid ? Json(*stats.writer_pid) : Json(nullptr);
  object["log_size"] = json_of(stats.log_size);
  object["anchored"] = json_of(stats.anchored);
  object["last_event_time"] = json_of(stats.last_event_time);
  object["last_deployment"] =
      stats.last_deployment.value == 0 ? Json(nullptr) : Json(stats.last_deployment.value);
  object["projections"] = Json::array();
  for (const ProjectionStats& one : stats.projections) {
    object["projections"].push_back(projection_json(one));
  }
  object["user_projections"] = Json::array();
  for (const UserProjectionStats& one : stats.user_projections) {
    object["user_projections"].push_back(projection_json(one, stats.log_size));
  }
  object["database"] = database_json(stats.database);
  object["disk_bytes_left"] = nullptr;
  if (stats.disk_bytes_left) object["disk_bytes_left"] = *stats.disk_bytes_left;
  object["handle"] = counters_json(stats);
  object["health"] = {{"ok", stats.complaints.empty()}, {"complaints", stats.complaints}};
  return object;
}

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
  const DatabaseStats& database = stats.database;
  fields.add("database", fmt::format("{} of tables, {} of logs", human_bytes(database.table_bytes),
                                     human_bytes(database.log_bytes)));
  fields.add("disk", human_bytes(stats.disk_bytes_left.value_or(0)) + " left");
  fields.add("last deployment", fmt::to_string(stats.last_deployment.value));
  for (const ProjectionStats& one : stats.projections) {
    fields.add("projection", fmt::format("{} version {}, build {}, at position {}", one.name,
                                         one.version, one.build, one.cursor.value));
  }
  for (const UserProjectionStats& one : stats.user_projections) {
    fields.add("of a user", fmt::format("{} version {}, build {}, at position {}{}", one.name,
                                        one.version, one.build, one.cursor.value,
                                        one.cursor < stats.log_size ? ", behind" : ""));
  }
  // What this handle has done says something where it has done something.
  if (stats.commands > 0) {
    fields.add("commands",
               fmt::format("{}, of which {} refused, in {} groups; half in less than {} us",
                           stats.commands, stats.rejected, stats.groups,
                           stats.command_time.less_than_us(0.5)));
  }
  fields.add("cache",
             fmt::format("{} of {} in use by this process", human_bytes(database.cache_bytes),
                         human_bytes(database.cache_bytes_max)));
  if (stats.complaints.empty())
    fields.add("health", "nothing to complain of; verify looks further");
  for (const std::string& complaint : stats.complaints) fields.add("health", complaint);
  return fields.text();
}

Outcome stats(Session& session, const Ledger& ledger) {
  const auto answer = ledger.stats();
  if (!answer) return answer.error();
  return session.answer(stats_json(*answer), describe_stats(session, *answer));
}

}  // namespace

void add_stats(CLI::App& app, Session& session) {
  session.add_verb(
      app, {"stats", kQueries, "Figures of the ledger", "purser stats --json", Access::query},
      [&session](Ledger& ledger) { return stats(session, ledger); });
}

}  // namespace purser::tools
