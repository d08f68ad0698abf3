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
  std::optional<std::string> link_from;
  bool reflink = false;
  std::optional<std::string> current;
};

Result<MaterializeOptions> options_of(const MaterializeArguments& arguments) {
  if (arguments.link_from && arguments.link_from->empty()) {
    return InvalidArgument{"--link-from", "is empty"};
  }
  if (arguments.current && arguments.current->empty()) {
    return InvalidArgument{"--current", "is empty"};
  }
  return MaterializeOptions{arguments.link_from.value_or(""), arguments.reflink,
                            arguments.current.value_or("")};
}

Result<MaterializeReport> write_out(const Ledger& ledger, DeploymentId id,
                                    const MaterializeArguments& arguments) {
  const auto options = options_of(arguments);
  if (!options) return options.error();
  ProgressBar bar("writing");
  return ledger.materialize(id, arguments.directory, *options, bar.callback());
}

std::string sentence(const MaterializeReport& report, const MaterializeArguments& arguments) {
  std::string text =
      fmt::format("wrote {} {}, {}, to {}", report.files, report.files == 1 ? "file" : "files",
                  human_bytes(report.bytes), escape(arguments.directory));
  if (arguments.link_from) {
    text += fmt::format(", {} {} shared with {}", report.shared_files,
                        report.shared_files == 1 ? "file" : "files", escape(*arguments.link_from));
  }
  return text + "\n";
}

Outcome materialize(Session& session, const Ledger& ledger, const MaterializeArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto report = write_out(ledger, *id, arguments);
  if (!report) return report.error();
  if (arguments.reflink && report->shared_files == 0 && report->files > 0) {
    session.hint("no file could be cloned: none was the same, or the file system shares no blocks");
  }
  Json json{{"id", id->value},
            {"files", report->files},
            {"bytes", report->bytes},
            {"shared_files", report->shared_files}};
  put_text(json, "directory", arguments.directory);
  json["current"] = nullptr;
  if (arguments.current) put_text(json, "current", *arguments.current);
  return session.answer(json, sentence(*report, arguments));
}

}  // namespace

void add_materialize(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<MaterializeArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"materialize", kFiles, "Write all files of a deployment to a new folder",
       "purser materialize 3 releases/3 --link-from releases/2 --current current", Access::query},
      [&session, arguments](Ledger& ledger) { return materialize(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_argument(*verb, "DIR", arguments->directory, "Absent or empty");
  CLI::Option* donor =
      add_text_option(*verb, "--link-from", arguments->link_from, "OLD",
                      "Hard-link files that an earlier materialize has written to OLD and that are "
                      "the same");
  verb->add_flag("--reflink", arguments->reflink, "Share blocks with OLD instead of files")
      ->needs(donor);
  add_text_option(*verb, "--current", arguments->current, "LINK",
                  "Then point this symbolic link at DIR");
}

}  // namespace purser::tools
