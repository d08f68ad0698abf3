#include <fmt/format.h>

#include <algorithm>

#include "escape.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

constexpr int kEvidenceLost = 6;
constexpr int kDerivedDiffers = 9;

Result<VerifyReport> look(const Ledger& ledger, const VerifyOptions& options) {
  ProgressBar bar("verifying", "steps");
  return ledger.verify(options, bar.callback());
}

Json divergences_json(const VerifyReport& report) {
  Json all = Json::array();
  for (const Divergence& one : report.divergences) {
    Json json{{"check", to_string(one.check)}, {"derived", is_derived(one.check)}};
    json["projection"] = one.projection.empty() ? Json() : Json(one.projection);
    json["count"] = one.count;
    json["position"] = one.position.value == 0 ? Json() : Json(one.position.value);
    put_text(json, "where", one.where);
    put_text(json, "expected", one.expected);
    put_text(json, "found", one.found);
    all.push_back(std::move(json));
  }
  return all;
}

Json problems_json(const VerifyReport& report) {
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
  return problems;
}

Json unchecked_json(const VerifyReport& report) {
  Json all = Json::array();
  for (const UncheckedProjection& one : report.unchecked) {
    Json json{{"projection", one.name}};
    put_text(json, "why", one.why);
    all.push_back(std::move(json));
  }
  return all;
}

Json report_json(const VerifyReport& report, bool repaired) {
  return {{"events", report.events},
          {"rows", report.rows},
          {"divergences", divergences_json(report)},
          {"unchecked", unchecked_json(report)},
          {"files_checked", report.files_checked},
          {"deployments", report.deployments},
          {"files", report.files},
          {"bytes", report.bytes},
          {"lost_chunks", report.lost_chunks},
          {"lost_files", report.lost_files},
          {"problems", problems_json(report)},
          {"repaired", repaired}};
}

std::string divergences_text(const VerifyReport& report) {
  std::string text;
  for (const Divergence& one : report.divergences) {
    text += fmt::format("{}{}{}: {}, the first at {}: expected {}, found {}\n",
                        to_string(one.check), one.projection.empty() ? "" : ", ", one.projection,
                        one.count, escape(one.where), escape(one.expected), escape(one.found));
  }
  return text;
}

std::string unchecked_text(const VerifyReport& report) {
  std::string text;
  for (const UncheckedProjection& one : report.unchecked) {
    text += fmt::format("projection {} was not checked: {}\n", one.name, escape(one.why));
  }
  return text;
}

std::string problems_text(const VerifyReport& report) {
  std::string text;
  for (const VerifyProblem& problem : report.problems) {
    text += problem.path.empty()
                ? fmt::format("deployment {}: {}\n", problem.id.value, escape(problem.what))
                : fmt::format("deployment {}, {}: {}\n", problem.id.value, escape(problem.path),
                              escape(problem.what));
  }
  return text;
}

bool log_is_damaged(const VerifyReport& report) {
  return std::any_of(report.divergences.begin(), report.divergences.end(),
                     [](const Divergence& one) { return !is_derived(one.check); });
}

// What it all means, and what to do.
std::string verdict(const VerifyReport& report, const VerifyOptions& options) {
  if (report.is_whole()) return "all is whole\n";
  std::string text = "\n";
  if (log_is_damaged(report)) text += "the log is damaged, and nothing else says what it said\n";
  if (report.derived_differs()) {
    text += options.repair ? "what is derived was made anew\n"
                           : "what is derived differs; `purser verify --repair` makes it anew\n";
  }
  if (!report.files_checked) text += "the files were not looked at: that comes first\n";
  if (report.lost_files + report.lost_chunks > 0) {
    text += fmt::format("{} files and {} chunks are lost\n", report.lost_files, report.lost_chunks);
    if (options.repair) {
      text +=
          "they count as never stored now: storing the same bytes again mends the deployments\n";
    }
  }
  return text;
}

std::string text_of(const VerifyReport& report, const VerifyOptions& options) {
  return divergences_text(report) + unchecked_text(report) + problems_text(report) +
         fmt::format("{} events, {} rows; {} {} deployments, {} files: {}", report.events,
                     report.rows, options.quick ? "looked for the bytes of" : "read the bytes of",
                     report.deployments, report.files, verdict(report, options));
}

Outcome verify(Session& session, const Ledger& ledger, const VerifyOptions& options) {
  const auto report = look(ledger, options);
  if (!report) return report.error();
  const auto answered =
      session.answer(report_json(*report, options.repair), text_of(*report, options));
  if (!answered) return answered;
  if (report->evidence_lost()) return kEvidenceLost;
  return report->derived_differs() && !options.repair ? kDerivedDiffers : *answered;
}

}  // namespace

void add_verify(CLI::App& app, Session& session) {
  auto options = std::make_shared<VerifyOptions>();
  Verb verb{"verify", kUpkeep,
            "Look whether the log, what is derived from it and every file are whole",
            "purser verify --quick", Access::query};
  verb.writes = &options->repair;
  CLI::App* added = session.add_verb(
      app, verb, [&session, options](Ledger& ledger) { return verify(session, ledger, *options); });
  added->add_flag("--quick", options->quick, "Look whether all is there, and read no files");
  added->add_flag("--repair", options->repair,
                  "Make anew what is derived; let go of what is lost, so that storing it again "
                  "mends it");
}

}  // namespace purser::tools
