#include <fmt/format.h>

#include "escape.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

std::string files(std::uint64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "file" : "files");
}

Outcome write_tiles(Session& session, const Ledger& ledger, const std::string& directory) {
  if (directory.empty()) return InvalidArgument{"--into", "is empty"};
  const auto report = [&] {
    ProgressBar bar("writing");
    return ledger.write_tiles(directory, bar.callback());
  }();
  if (!report) return report.error();
  Json json{{"size", report->size.value},
            {"new_tiles", report->new_tiles},
            {"new_bundles", report->new_bundles},
            {"new_bytes", report->new_bytes}};
  put_text(json, "directory", directory);
  return session.answer(
      json, fmt::format("{} has the log of {} events; new: {} of hashes, {} of entries, {}\n",
                        escape(directory), report->size.value, files(report->new_tiles),
                        files(report->new_bundles), human_bytes(report->new_bytes)));
}

}  // namespace

void add_tiles(CLI::App& app, Session& session) {
  auto directory = std::make_shared<std::string>();
  CLI::App* verb = session.add_verb(
      app,
      {"tiles", kAudit, "Write the signed log to a folder, for a web server to hand out as tiles",
       "purser tiles --into /srv/log", Access::query},
      [&session, directory](Ledger& ledger) { return write_tiles(session, ledger, *directory); });
  verb->add_option("--into", *directory, "The folder; what it holds already is not written again")
      ->required()
      ->type_name("DIR");
}

}  // namespace purser::tools
