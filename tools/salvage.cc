#include "purser/salvage.h"

#include <fmt/format.h>

#include "escape.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

constexpr int kSomethingIsMissing = 6;

struct SalvageArguments {
  std::string from;
  std::string into;
};

Result<SalvageReport> save(const std::string& from, const std::string& into) {
  ProgressBar bar("salvaging", "steps");
  return salvage(from, into, {}, bar.callback());
}

Json ranges_json(const std::vector<PositionRange>& ranges) {
  Json all = Json::array();
  for (const PositionRange& range : ranges) {
    all.push_back(Json::array({range.first.value, range.last.value}));
  }
  return all;
}

Json losses_json(const std::vector<SalvageLoss>& losses) {
  Json all = Json::array();
  for (const SalvageLoss& loss : losses) {
    Json one{{"id", loss.id.value}, {"path", nullptr}};
    if (!loss.path.empty()) put_text(one, "path", loss.path);
    put_text(one, "what", loss.what);
    all.push_back(std::move(one));
  }
  return all;
}

Json damaged_json(const SalvageReport& report) {
  Json all = Json::array();
  for (const auto& file : report.damaged_files) {
    Json one = Json::object();
    put_text(one, "file", file.name);
    put_text(one, "what", file.what);
    all.push_back(std::move(one));
  }
  return all;
}

Json report_json(const SalvageReport& report, const SalvageArguments& arguments) {
  Json json{{"ledger_id", to_hex(report.ledger_id)}};
  put_text(json, "path", arguments.into);
  json["source"] = Json{{"ledger_id", to_hex(report.source_id)}};
  put_text(json["source"], "path", arguments.from);
  json["source"]["anchored"] = report.anchored ? Json(report.anchored->value) : Json();
  json["complete"] = report.is_complete();
  json["events"] = {
      {"copied", report.copied.value},    {"expected", report.expected.value},
      {"missing", report.events_missing}, {"missing_ranges", ranges_json(report.missing)},
      {"beyond", report.events_beyond},   {"beyond_ranges", ranges_json(report.beyond)}};
  json["damaged_files"] = damaged_json(report);
  json["artifacts"] = {
      {"whole", report.artifacts_whole}, {"lost", report.artifacts_lost},
      {"files", report.files},           {"bytes", report.bytes},
      {"files_lost", report.files_lost}, {"losses", losses_json(report.lost_files)}};
  json["drafts"] = {{"copied", report.drafts_copied},
                    {"lost", report.drafts_lost},
                    {"losses", losses_json(report.lost_drafts)}};
  return json;
}

std::string ranges_text(std::string_view what, const std::vector<PositionRange>& ranges) {
  std::string text;
  for (const PositionRange& range : ranges) {
    text += range.first == range.last
                ? fmt::format("{} event {}\n", what, range.first.value)
                : fmt::format("{} events {} to {}\n", what, range.first.value, range.last.value);
  }
  return text;
}

std::string losses_text(std::string_view kind, const std::vector<SalvageLoss>& losses) {
  std::string text;
  for (const SalvageLoss& loss : losses) {
    text += fmt::format("lost {} of deployment {}{}{}: {}\n", kind, loss.id.value,
                        loss.path.empty() ? "" : ", ", escape(loss.path), escape(loss.what));
  }
  return text;
}

std::string text_of(const SalvageReport& report, const SalvageArguments& arguments) {
  std::string text;
  for (const auto& file : report.damaged_files) {
    text += fmt::format("damaged {}: {}\n", escape(file.name), escape(file.what));
  }
  text += ranges_text("missing", report.missing);
  text += ranges_text("not copied", report.beyond);
  text += losses_text("files", report.lost_files);
  text += losses_text("draft", report.lost_drafts);
  text += fmt::format(
      "{} holds events 1 to {} of {}, as ledger {}; {} artifacts are whole, {} are not; {} drafts "
      "were copied, {} are lost\n",
      escape(arguments.into), report.copied.value, report.expected.value, to_hex(report.ledger_id),
      report.artifacts_whole, report.artifacts_lost, report.drafts_copied, report.drafts_lost);
  if (!report.anchored) text += "the anchor is lost: nothing tells whether these are all events\n";
  return text + (report.is_complete() ? "all is there\n" : "");
}

Outcome run_salvage(Session& session, SalvageArguments arguments) {
  const auto path = session.path_of_ledger(arguments.from);
  if (!path) return path.error();
  arguments.from = *path;
  const auto report = save(arguments.from, arguments.into);
  if (!report) return report.error();
  const Outcome answered =
      session.answer(report_json(*report, arguments), text_of(*report, arguments));
  if (!answered) return answered;
  session.hint(fmt::format("{} is as it was; keep it until nothing of it is missed",
                           escape(arguments.from)));
  return report->is_complete() ? *answered : kSomethingIsMissing;
}

}  // namespace

void add_salvage(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<SalvageArguments>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"salvage", kUpkeep, "Save what is whole of a damaged ledger into a new one",
       "purser salvage /mnt/damaged --into /var/lib/purser", Access::none},
      [&session, arguments] { return run_salvage(session, *arguments); });
  verb->add_option("DIR", arguments->from, "The ledger; --ledger stands for it")->type_name("");
  verb->add_option("--into", arguments->into, "A folder that is absent or empty")
      ->required()
      ->type_name("DIR");
}

}  // namespace purser::tools
