#include <fmt/format.h>

#include "artifact_tar.h"
#include "carry_report.h"
#include "escape.h"
#include "export_form.h"
#include "import_words.h"
#include "in_file.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ImportArguments {
  ImportWords words;
  std::optional<std::string> artifacts;
};

Result<CarryReport> read(const ImportArguments& arguments) {
  const auto file = InFile::open(arguments.words.source);
  if (!file) return file.error();
  ProgressBar bar("importing", "steps");
  const JsonLines form;
  const ByteSource lines = file->source();
  if (!arguments.artifacts) {
    return import_ledger(arguments.words.directory, form, lines, {}, {}, bar.callback());
  }
  const auto artifacts = InFile::open(*arguments.artifacts);
  if (!artifacts) return artifacts.error();
  const auto tar = TarReader::open(artifacts->source(), artifacts->name());
  if (!tar) return tar.error();
  return import_ledger(
      arguments.words.directory, form, lines, [&] { return (*tar)->next(); }, {}, bar.callback());
}

Status check(const Session& session, ImportArguments& arguments) {
  if (const Status status = tell_apart(session, arguments.words); !status) return status;
  if (arguments.artifacts && arguments.artifacts->empty()) {
    return InvalidArgument{"--artifacts", "is empty"};
  }
  return {};
}

Outcome import(Session& session, ImportArguments arguments) {
  if (const Status status = check(session, arguments); !status) return status.error();
  const auto report = read(arguments);
  if (!report) return report.error();
  Json json = json_of(*report);
  put_text(json, "path", arguments.words.directory);
  const std::string text = fmt::format(
      "{} holds the {} events of ledger {}, as ledger {}, and has the same root, {}{}\n",
      escape(arguments.words.directory), report->size.value, to_hex(report->source_id),
      to_hex(report->ledger_id), to_hex(report->root), artifacts_text(*report));
  static_cast<void>(session.answer(json, text));
  if (!report->with_artifacts) {
    session.hint("files and drafts did not come along: its files cannot be read");
  }
  return kDone;
}

}  // namespace

void add_import(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"import", kUpkeep, "Make a ledger from what `export` has written",
       "purser import /var/lib/purser ledger.jsonl --artifacts ledger.tar", Access::none},
      [&session, arguments] { return import(session, *arguments); });
  add_import_words(*verb, arguments->words, "FILE", "FILE, - for standard input");
  add_text_option(*verb, "--artifacts", arguments->artifacts, "TAR",
                  "Take files and drafts as well, from a tar");
}

}  // namespace purser::tools
