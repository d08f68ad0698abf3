#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "bench_artifact_round.h"
#include "bench_folder.h"
#include "parse.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRoundsMax = 1000;
constexpr std::uint64_t kRoundsUnlessGiven = 3;

struct Arguments {
  std::vector<std::string> folders;
  std::string directory = ".";
  std::optional<std::string> rounds;
};

// The scratch folder would become part of what is measured.
Status check_apart(const std::string& directory, const std::vector<std::string>& folders) {
  std::error_code error;
  const fs::path scratch = fs::canonical(directory, error);
  for (const std::string& folder : folders) {
    const fs::path measured = fs::canonical(folder, error);
    if (error) continue;  // told when it is read
    const auto differs =
        std::mismatch(measured.begin(), measured.end(), scratch.begin(), scratch.end());
    if (differs.first != measured.end()) continue;
    return InvalidArgument{"--dir", fmt::format("'{}' lies in '{}', which is measured; name "
                                                "another folder with --dir",
                                                directory, folder)};
  }
  return {};
}

Result<std::vector<ArtifactFolder>> read_folders(const std::vector<std::string>& paths) {
  std::vector<ArtifactFolder> folders;
  for (const std::string& path : paths) {
    auto folder = read_artifact_folder(path);
    if (!folder) return folder.error();
    folders.push_back(*std::move(folder));
  }
  return folders;
}

Result<std::vector<ArtifactStep>> run_round(const std::vector<ArtifactFolder>& folders,
                                            const std::string& room, bool with_cp,
                                            const std::string& label) {
  std::error_code error;
  fs::create_directory(room, error);
  if (error) return Io{"create", room, error.message()};
  ProgressBar bar(label, "steps");
  const ProgressCallback progress = bar.callback();
  return ArtifactRound(folders, room, with_cp, progress).run();
}

// Nothing is removed before all is measured: file systems are slower where files went just now.
Result<ArtifactReport> measure(const std::string& scratch, std::size_t rounds,
                               const Arguments& arguments) {
  const auto folders = read_folders(arguments.folders);
  if (!folders) return folders.error();
  ArtifactReport report{folders->size(), 0, 0, {}};
  for (const ArtifactFolder& folder : *folders) {
    report.files += folder.files;
    report.bytes += folder.bytes;
  }
  const bool with_cp = has_cp();
  for (std::size_t i = 1; i <= rounds; ++i) {
    auto round = run_round(*folders, fmt::format("{}/{}", scratch, i), with_cp,
                           fmt::format("round {} of {}", i, rounds));
    if (!round) return round.error();
    report.rounds.push_back(*std::move(round));
  }
  return report;
}

std::string explained(const ArtifactReport& report, bool colour) {
  const bool with_cp = report.rounds.front().front().cp_seconds.has_value();
  return artifact_table(report, colour) +
         fmt::format("{} folders, {} files, {}; rounds: {}, medians. × CP: {}\n", report.folders,
                     report.files, human_bytes(report.bytes), report.rounds.size(),
                     with_cp ? "the time of cp -a and sync -f of the same files, taken beside it"
                             : "cp is not there");
}

// Options of `bench` itself are known here too, wherever they stand, and mean nothing.
Status check_no_options_of(const CLI::App& bench) {
  for (const CLI::Option* option : bench.get_options()) {
    if (option->count() == 0) continue;
    return InvalidArgument{option->get_name(),
                           "not for 'bench artifacts'; what it takes stands "
                           "behind that word"};
  }
  return {};
}

Outcome bench_artifacts(Session& session, const Arguments& arguments) {
  std::uint64_t rounds = kRoundsUnlessGiven;
  if (arguments.rounds) {
    const auto given = parse_number("--rounds", *arguments.rounds, 1, kRoundsMax);
    if (!given) return given.error();
    rounds = *given;
  }
  for (const Status& usable : {check_bench_place(session, arguments.directory),
                               check_apart(arguments.directory, arguments.folders)}) {
    if (!usable) return usable.error();
  }
  const InterruptScope interrupts;  // until the scratch folder is gone
  auto scratch = BenchFolder::make(arguments.directory);
  if (!scratch) return scratch.error();
  const auto report = measure(scratch->path(), rounds, arguments);
  if (const Status removed = scratch->remove(); !removed) session.warn(removed.error());
  if (!report) return report.error();
  return session.answer(json_of(*report), explained(*report, session.colour()));
}

}  // namespace

void add_bench_artifacts(CLI::App& bench, Session& session) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = session.add_verb_without_ledger(
      bench,
      {"artifacts", "Parts", "Measure how versions of a folder are stored and given back",
       "purser bench artifacts releases/1.0 releases/1.1 --dir /var/lib", Access::none},
      [&session, &bench, arguments]() -> Outcome {
        if (const Status none = check_no_options_of(bench); !none) return none.error();
        return bench_artifacts(session, *arguments);
      });
  verb->add_option("DIR", arguments->folders, "Folders, each one version, oldest first")
      ->required();
  verb->add_option("--dir", arguments->directory,
                   "Where the scratch ledger is made and removed; the current folder unless given")
      ->type_name("DIR");
  add_text_option(*verb, "--rounds", arguments->rounds, "N",
                  "How often everything is measured, 1 to 1000; 3 unless given");
}

}  // namespace purser::tools
