#include <fmt/format.h>

#include "progress_bar.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Result<std::vector<RebuildReport>> fold_anew(Ledger& ledger) {
  ProgressBar bar("rebuilding", "events");
  return ledger.rebuild(bar.callback());
}

Json index_json(const RebuiltIndex& index) {
  return {{"packs", index.packs},
          {"unreadable_packs", index.unreadable_packs},
          {"blocks", index.blocks},
          {"chunks", index.chunks},
          {"damaged_bytes", index.damaged_bytes},
          {"rows_put", index.rows_put},
          {"rows_erased", index.rows_erased}};
}

std::string index_text(const RebuiltIndex& index) {
  std::string text =
      fmt::format("index: {} chunks in {} blocks of {} packs; {} rows written, {} erased\n",
                  index.chunks, index.blocks, index.packs, index.rows_put, index.rows_erased);
  if (index.unreadable_packs + index.damaged_bytes > 0) {
    text += fmt::format("{} packs could not be read, nor {} bytes of the others\n",
                        index.unreadable_packs, index.damaged_bytes);
  }
  return text;
}

Outcome rebuild(Session& session, Ledger& ledger) {
  const auto reports = fold_anew(ledger);
  if (!reports) return reports.error();
  const auto index = ledger.rebuild_index();
  if (!index) return index.error();
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
  return session.answer(Json{{"projections", json_of(*reports)}, {"index", index_json(*index)}},
                        table.take() + index_text(*index));
}

}  // namespace

void add_rebuild(CLI::App& app, Session& session) {
  session.add_verb(
      app,
      {"rebuild", kUpkeep, "Make everything derived anew, from the events and the packs",
       "purser rebuild", Access::edit},
      [&session](Ledger& ledger) { return rebuild(session, ledger); });
}

}  // namespace purser::tools
