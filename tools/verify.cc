#include <fmt/format.h>

#include "escape.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

constexpr int kDamaged = 6;

Result<VerifyReport> look(const Ledger& ledger, const VerifyOptions& options) {
  ProgressBar bar("verifying", "deployments");
  return ledger.verify(options, bar.callback());
}

Json report_json(const VerifyReport& report, bool repaired) {
  Json problems = Json::array();
  for (const VerifyProblem& problem : report.problems) {
    Json one{{"id", problem.id.value}, {"what", problem.what}};
    if (problem.path.empty()) {
      one["path"] = nullptr;
    } else {
      put_text(one, "path", problem.path);
    }
    problems.push_back(std::move(one));
  }
  return {{"deployments", report.deployments},
          {"files", report.files},
          {"bytes", report.bytes},
          {"lost_chunks", report.lost_chunks},
          {"lost_files", report.lost_files},
          {"problems", std::move(problems)},
          {"repaired", repaired}};
}

std::string text_of(const VerifyReport& report, const VerifyOptions& options) {
  std::string text;
  for (const VerifyProblem& problem : report.problems) {
    text += problem.path.empty()
                ? fmt::format("deployment {}: {}\n", problem.id.value, escape(problem.what))
                : fmt::format("deployment {}, {}: {}\n", problem.id.value, escape(problem.path),
                              escape(problem.what));
  }
  text += fmt::format(
      "{} of {} deployments, {} files: {}\n",
      options.quick ? "looked for the bytes" : "read the bytes", report.deployments, report.files,
      report.problems.empty() && report.lost_chunks == 0
          ? "all is whole"
          : fmt::format("{} files and {} chunks are lost", report.lost_files, report.lost_chunks));
  if (options.repair && report.lost_chunks + report.lost_files > 0) {
    text += "they count as never stored now: storing the same bytes again mends the deployments\n";
  }
  return text;
}

Outcome verify(Session& session, const Ledger& ledger, const VerifyOptions& options) {
  const auto report = look(ledger, options);
  if (!report) return report.error();
  const auto answered =
      session.answer(report_json(*report, options.repair), text_of(*report, options));
  if (!answered) return answered;
  return report->problems.empty() && report->lost_chunks == 0 ? *answered : kDamaged;
}

}  // namespace

void add_verify(CLI::App& app, Session& session) {
  auto options = std::make_shared<VerifyOptions>();
  Verb verb{"verify", kUpkeep, "Look whether every file of every deployment is whole",
            "purser verify --quick", Access::query};
  verb.writes = &options->repair;
  CLI::App* added = session.add_verb(
      app, verb, [&session, options](Ledger& ledger) { return verify(session, ledger, *options); });
  added->add_flag("--quick", options->quick, "Look whether all is there, and read no files");
  added->add_flag("--repair", options->repair,
                  "Let go of what is lost, so that storing it again mends it");
}

}  // namespace purser::tools
