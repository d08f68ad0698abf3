#include "purser/backup.h"

#include <fmt/format.h>

#include "escape.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct RestoreArguments {
  std::string from;
  std::string into;
};

Json report_json(const BackupReport& report, const std::string& path) {
  Json json{{"ledger_id", to_hex(report.ledger_id)}};
  put_text(json, "path", path);
  json["log_size"] = report.log_size.value;
  json["root"] = report.root ? Json(to_hex(*report.root)) : Json();
  json["files"] = report.files;
  json["bytes"] = report.bytes;
  return json;
}

std::string report_text(const BackupReport& report, const std::string& path,
                        std::string_view what) {
  return fmt::format("{} is {} of ledger {} with events 1 to {}; {} files, {}\n", escape(path),
                     what, to_hex(report.ledger_id), report.log_size.value, report.files,
                     human_bytes(report.bytes));
}

// Two lines one after the other: nothing stands at 100 % while there is more to do.
class CopyBar {
 public:
  ProgressCallback callback() {
    return [copy = copying_.callback(), check = checking_.callback()](const Progress& progress) {
      const bool is_copied = progress.bytes >= progress.bytes_total;
      return is_copied ? check({progress.files, 0, 0, 0}) : copy(progress);
    };
  }

 private:
  ProgressBar copying_{"copying", "steps"};
  ProgressBar checking_{"checking", "steps"};
};

Result<BackupReport> copy(const std::string& directory, const std::string& into) {
  CopyBar bar;
  return backup(directory, into, {}, bar.callback());
}

Outcome run_backup(Session& session, const std::string& into) {
  const auto directory = session.path_of_ledger({});
  if (!directory) return directory.error();
  const auto report = copy(*directory, into);
  if (!report) return report.error();
  const Outcome answered =
      session.answer(report_json(*report, into), report_text(*report, into, "a backup"));
  session.hint("make a ledger of it: purser restore " + escape(into) + " --into DIR");
  return answered;
}

Result<BackupReport> bring_back(const RestoreArguments& arguments) {
  CopyBar bar;
  return restore(arguments.from, arguments.into, {}, bar.callback());
}

Outcome run_restore(Session& session, const RestoreArguments& arguments) {
  const auto report = bring_back(arguments);
  if (!report) return report.error();
  const Outcome answered = session.answer(report_json(*report, arguments.into),
                                          report_text(*report, arguments.into, "a whole copy"));
  session.hint("it signs nothing until a key begins a new epoch: purser key new --epoch N");
  return answered;
}

}  // namespace

void add_backup(CLI::App& app, Session& session) {
  auto into = std::make_shared<std::string>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"backup", kUpkeep, "Copy the ledger, which may be written to meanwhile",
       "purser backup /mnt/backups/2026-11-26", Access::none},
      [&session, into] { return run_backup(session, *into); });
  verb->add_option("DIR", *into, "A folder that is absent or empty")->required()->type_name("");
}

void add_restore(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<RestoreArguments>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"restore", kUpkeep, "Make a ledger out of a backup, once all of it is checked",
       "purser restore /mnt/backups/2026-11-26 --into /var/lib/purser", Access::none},
      [&session, arguments] { return run_restore(session, *arguments); });
  verb->add_option("BACKUP", arguments->from, "A backup, or a copy of a ledger that was closed")
      ->required()
      ->type_name("");
  verb->add_option("--into", arguments->into, "A folder that is absent or empty")
      ->required()
      ->type_name("DIR");
}

}  // namespace purser::tools
