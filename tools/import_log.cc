#include <fmt/format.h>

#include "history_report.h"
#include "import_words.h"
#include "in_file.h"
#include "past_lines.h"
#include "progress_bar.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Outcome import_log(Session& session, ImportWords words) {
  if (const Status status = tell_apart(session, words); !status) return status.error();
  const auto file = InFile::open(words.source);
  if (!file) return file.error();
  PastLines lines(file->source());
  ProgressBar bar("importing", "steps");
  const auto report = import_history(
      words.directory, [&] { return lines.next(); }, {}, bar.callback());
  if (!report) return report.error();
  Json json = json_of(*report);
  json["implied"] = lines.implied();
  put_text(json, "path", words.directory);
  std::string text = history_text(*report, words.directory);
  if (lines.implied() > 0) {
    text += fmt::format("of these, events that no line tells: {}\n", lines.implied());
  }
  return session.answer(json, text);
}

}  // namespace

void add_import_log(CLI::App& app, Session& session) {
  auto words = std::make_shared<ImportWords>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"import-log", kUpkeep, "Make a ledger from the history that another tool has kept",
       "purser import-log /var/lib/purser history.jsonl", Access::none},
      [&session, words] { return import_log(session, *words); });
  add_import_words(*verb, *words, "FILE",
                   "FILE, JSON Lines of docs/import.md, - for standard input");
}

}  // namespace purser::tools
