#include <fmt/format.h>

#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Result<CollectReport> collect(Ledger& ledger, const CollectOptions& options) {
  ProgressBar bar("collecting", "packs");
  return ledger.collect(options, bar.callback());
}

Json report_json(const CollectReport& report, bool dry_run) {
  return {{"dry_run", dry_run},
          {"files_removed", report.files_removed},
          {"chunks_kept", report.chunks_kept},
          {"chunks_removed", report.chunks_removed},
          {"chunks_moved", report.chunks_moved},
          {"chunks_missing", report.chunks_missing},
          {"packs_removed", report.packs_removed},
          {"packs_left_over", report.packs_left_over},
          {"packs_damaged", report.packs_damaged},
          {"packs_without_room", report.packs_without_room},
          {"bytes_removed", report.bytes_removed},
          {"bytes_written", report.bytes_written},
          {"bytes_freed", report.bytes_freed()},
          {"bytes_dead", report.bytes_dead}};
}

std::string human_change(std::int64_t bytes) {
  const std::string size = human_bytes(static_cast<std::uint64_t>(bytes < 0 ? -bytes : bytes));
  return bytes < 0 ? "-" + size : size;
}

std::string text_of(const CollectReport& report, bool dry_run) {
  std::string text = fmt::format("{} {}: {} packs, {} chunks and {} files go, {} chunks move\n",
                                 dry_run ? "would free" : "freed",
                                 human_change(report.bytes_freed()), report.packs_removed,
                                 report.chunks_removed, report.files_removed, report.chunks_moved);
  if (report.bytes_dead > 0) {
    text += fmt::format("{} of dead chunks stay, too few in any one pack (--dead-share)\n",
                        human_bytes(report.bytes_dead));
  }
  if (report.packs_damaged > 0) {
    text += fmt::format("{} packs are damaged and stay; see purser verify\n", report.packs_damaged);
  }
  if (report.packs_without_room > 0) {
    text += fmt::format("{} packs stay: the disk has no room to write anew what lives in them\n",
                        report.packs_without_room);
  }
  if (report.chunks_missing > 0) {
    text += fmt::format("{} chunks are missing; see purser verify\n", report.chunks_missing);
  }
  return text;
}

Outcome gc(Session& session, Ledger& ledger, CollectOptions options) {
  options.dry_run = session.dry_run();
  const auto report = collect(ledger, options);
  if (!report) return report.error();
  return session.answer(report_json(*report, options.dry_run), text_of(*report, options.dry_run));
}

}  // namespace

void add_gc(CLI::App& app, Session& session) {
  auto options = std::make_shared<CollectOptions>();
  Verb gc_verb{"gc", kUpkeep,
               "Give back the space of files that were given up; --dry-run says how much",
               "purser gc --repack", Access::edit};
  gc_verb.plans = true;
  CLI::App* verb = session.add_verb(
      app, gc_verb, [&session, options](Ledger& ledger) { return gc(session, ledger, *options); });
  verb->add_option("--dead-share", options->dead_share,
                   "Write a pack anew when this share of it is dead, 0 to 1; 0.25 unless given")
      ->type_name("SHARE");
  verb->add_flag("--repack", options->repack,
                 "Also compress what lives again, like files together");
}

}  // namespace purser::tools
