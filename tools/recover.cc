#include "purser/recover.h"

#include <fmt/format.h>

#include "escape.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Result<RecoverReport> mend(const std::string& path) {
  ProgressBar bar("checking", "events");
  return recover(path, {}, bar.callback());
}

std::string text_of(const RecoverReport& report, const std::string& path) {
  if (!report.mended) {
    return fmt::format("{} opens as it is, with {} events; nothing was changed\n", escape(path),
                       report.log_size.value);
  }
  return fmt::format(
      "{} is mended, with {} events: {} bytes at the end of the MANIFEST were unfinished\n"
      "the database as it was is in {}; remove it when all is well\n",
      escape(path), report.log_size.value, report.manifest_bytes_removed, escape(report.kept));
}

Outcome run_recover(Session& session, const std::string& argument) {
  const auto path = session.path_of_ledger(argument);
  if (!path) return path.error();
  const auto report = mend(*path);
  if (!report) {
    if (report.error().error_class() == ErrorClass::corrupt) {
      session.hint("what is whole can be saved: purser salvage DIR --into NEW");
    }
    return report.error();
  }
  Json json;
  put_text(json, "path", *path);
  json["mended"] = report->mended;
  json["log_size"] = report->log_size.value;
  json["manifest_bytes_removed"] = report->manifest_bytes_removed;
  json["kept"] = nullptr;
  if (report->mended) put_text(json, "kept", report->kept);
  const Outcome answered = session.answer(json, text_of(*report, *path));
  if (report->mended) session.hint("see whether all is whole: purser verify");
  return answered;
}

}  // namespace

void add_recover(CLI::App& app, Session& session) {
  auto path = std::make_shared<std::string>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"recover", kUpkeep, "Mend what a power cut has left of a ledger that does not open",
       "purser recover /var/lib/purser", Access::none},
      [&session, path] { return run_recover(session, *path); });
  verb->add_option("DIR", *path, "The ledger; --ledger stands for it")->type_name("");
}

}  // namespace purser::tools
