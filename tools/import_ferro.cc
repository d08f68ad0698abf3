#include <fmt/format.h>

#include "ferro_history.h"
#include "history_report.h"
#include "import_words.h"
#include "interrupt.h"
#include "progress_bar.h"
#include "verbs.h"

namespace purser::tools {
namespace {

bool is_postgres_url(const std::string& database) {
  return database.starts_with("postgres://") || database.starts_with("postgresql://");
}

Result<FerroTables> read_tables(const std::string& database) {
  const InterruptScope scope;
  const auto opened = is_postgres_url(database) ? open_postgres(database) : open_sqlite(database);
  if (interrupted()) return Cancelled{};
  if (!opened) return opened.error();
  return read_ferro_tables(**opened);
}

std::string text_of_losses(const FerroTables& tables) {
  std::string text;
  if (tables.shortened_times > 0) {
    text += fmt::format("times cut to microseconds: {}\n", tables.shortened_times);
  }
  if (tables.lost_previous() > 0) {
    text += fmt::format(
        "pointers that named the active deployment as the one before as well, so "
        "that nothing is before it: {}\n",
        tables.lost_previous());
  }
  return text;
}

Outcome import_ferro(Session& session, ImportWords words) {
  if (const Status status = tell_apart(session, words); !status) return status.error();
  const auto tables = read_tables(words.source);
  if (!tables) return tables.error();
  const auto history = history_of(*tables);
  if (!history) return history.error();
  ProgressBar bar("importing", "steps");
  auto next = history->begin();
  const auto source = [&]() -> Result<std::optional<PastEvent>> {
    if (next == history->end()) return std::optional<PastEvent>();
    return std::optional(*next++);
  };
  const auto report = import_history(words.directory, source, {}, bar.callback());
  if (!report) return report.error();
  Json json = json_of(*report);
  json["shortened_times"] = tables->shortened_times;
  json["lost_previous"] = tables->lost_previous();
  put_text(json, "path", words.directory);
  return session.answer(json, history_text(*report, words.directory) + text_of_losses(*tables));
}

}  // namespace

void add_import_ferro(CLI::App& app, Session& session) {
  auto words = std::make_shared<ImportWords>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"import-ferro", kUpkeep, "Make a ledger from a database of ferro-deployments",
       "purser import-ferro /var/lib/purser app.sqlite", Access::none},
      [&session, words] { return import_ferro(session, *words); });
  add_import_words(*verb, *words, "DATABASE", "DATABASE, a file of SQLite or a PostgreSQL URL");
}

}  // namespace purser::tools
