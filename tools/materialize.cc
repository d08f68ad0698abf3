#include <fmt/format.h>

#include "escape.h"
#include "parse.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct MaterializeArguments {
  std::string id;
  std::string directory;
};

Result<MaterializeReport> write_out(const Ledger& ledger, DeploymentId id,
                                    const std::string& directory) {
  ProgressBar bar("writing");
  return ledger.materialize(id, directory, bar.callback());
}

Outcome materialize(Session& session, const Ledger& ledger, const MaterializeArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto report = write_out(ledger, *id, arguments.directory);
  if (!report) return report.error();
  Json json{{"id", id->value}, {"files", report->files}, {"bytes", report->bytes}};
  put_text(json, "directory", arguments.directory);
  return session.answer(json, fmt::format("wrote {} {}, {}, to {}\n", report->files,
                                          report->files == 1 ? "file" : "files",
                                          human_bytes(report->bytes), escape(arguments.directory)));
}

}  // namespace

void add_materialize(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<MaterializeArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"materialize", kFiles, "Write all files of a deployment to a new folder",
       "purser materialize 3 ./site", Access::query},
      [&session, arguments](Ledger& ledger) { return materialize(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_argument(*verb, "DIR", arguments->directory, "Absent or empty");
}

}  // namespace purser::tools
