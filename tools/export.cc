#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "artifact_tar.h"
#include "carry_report.h"
#include "escape.h"
#include "export_form.h"
#include "out_file.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

namespace fs = std::filesystem;

struct ExportArguments {
  std::string file = "-";
  std::optional<std::string> artifacts;
};

// The file's own name, in a folder that is called by one name only.
Result<fs::path> place_of(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  const fs::path folder = error ? fs::path() : fs::weakly_canonical(whole.parent_path(), error);
  if (error) return Io{"look at", path, error.message()};
  return folder / whole.filename();
}

// Where it takes the place of a file of the ledger it would be the ledger's end.
Status check_outside(const fs::path& ledger, const char* option, const std::string& path) {
  const auto place = place_of(path);
  if (!place) return place.error();
  const auto parted = std::mismatch(ledger.begin(), ledger.end(), place->begin(), place->end());
  if (parted.first != ledger.end()) return {};
  return InvalidArgument{option,
                         fmt::format("'{}' would lie in the ledger; name a file outside", path)};
}

bool is_same(const std::string& file, const std::string& other) {
  const auto place = place_of(file);
  const auto other_place = place_of(other);
  return place && other_place && *place == *other_place;
}

Status check(const Session& session, const ExportArguments& arguments) {
  const auto directory = session.path_of_ledger({});
  if (!directory) return directory.error();
  std::error_code error;
  const fs::path ledger = fs::canonical(*directory, error);
  if (error) return Io{"look at", *directory, error.message()};
  if (arguments.file.empty()) return InvalidArgument{"FILE", "is empty"};
  if (arguments.file != "-") {
    if (Status status = check_outside(ledger, "FILE", arguments.file); !status) return status;
  }
  if (!arguments.artifacts) return {};
  if (arguments.artifacts->empty()) return InvalidArgument{"--artifacts", "is empty"};
  const bool same = arguments.file != "-" && is_same(*arguments.artifacts, arguments.file);
  if (*arguments.artifacts == "-" || same) {
    return InvalidArgument{"--artifacts", "needs a file of its own"};
  }
  return check_outside(ledger, "--artifacts", *arguments.artifacts);
}

Result<CarryReport> write(const Ledger& ledger, OutFile& file, std::optional<OutFile>& artifacts) {
  ProgressBar bar("exporting", "events");
  const JsonLines form;
  const ByteSink lines = to_descriptor(file.fd(), file.name());
  if (!artifacts) return ledger.write_export(form, lines, {}, bar.callback());
  const auto tar = TarWriter::open(artifacts->fd(), artifacts->name());
  if (!tar) return tar.error();
  auto report = ledger.write_export(
      form, lines, [&](const CarriedRecord& record) { return (*tar)->add(record); },
      bar.callback());
  if (!report) return report;
  if (const Status finished = (*tar)->finish(); !finished) return finished.error();
  return report;
}

// The tar first: who finds the lines finds what belongs to them.
Status commit(OutFile& file, std::optional<OutFile>& artifacts) {
  if (artifacts) {
    if (Status status = artifacts->commit(); !status) return status;
  }
  return file.commit();
}

Outcome answer(Session& session, const ExportArguments& arguments, const CarryReport& report) {
  const std::string summary =
      fmt::format("{} events of ledger {}, with root {}{}\n", report.size.value,
                  to_hex(report.ledger_id), to_hex(report.root), artifacts_text(report));
  if (arguments.file == "-") {  // the lines are the answer
    session.hint(std::string_view(summary).substr(0, summary.size() - 1));
  } else {
    Json json = json_of(report);
    put_text(json, "file", arguments.file);
    put_optional_text(json, "tar", arguments.artifacts);
    static_cast<void>(
        session.answer(json, fmt::format("{} holds {}", escape(arguments.file), summary)));
  }
  if (!report.with_artifacts) {
    session.hint("files and drafts are not in it; --artifacts TAR writes them as well");
  }
  return kDone;
}

Outcome export_ledger(Session& session, const Ledger& ledger, const ExportArguments& arguments) {
  if (const Status status = check(session, arguments); !status) return status.error();
  auto file = OutFile::open(arguments.file);
  if (!file) return file.error();
  std::optional<OutFile> artifacts;
  if (arguments.artifacts) {
    auto opened = OutFile::open(*arguments.artifacts);
    if (!opened) return opened.error();
    artifacts.emplace(*std::move(opened));
  }
  const auto report = write(ledger, *file, artifacts);
  if (!report) return report.error();
  if (const Status status = commit(*file, artifacts); !status) return status.error();
  return answer(session, arguments, *report);
}

}  // namespace

void add_export(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"export", kUpkeep, "Write the whole log as JSON Lines, and the files as a tar",
       "purser export ledger.jsonl --artifacts ledger.tar", Access::query},
      [&session, arguments](Ledger& ledger) { return export_ledger(session, ledger, *arguments); });
  verb->add_option("FILE", arguments->file, "Where to; - is standard output, and the default")
      ->type_name("");
  add_text_option(*verb, "--artifacts", arguments->artifacts, "TAR",
                  "Write files and drafts as well, as a tar");
}

}  // namespace purser::tools
