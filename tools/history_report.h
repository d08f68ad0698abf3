// What is told of a history that was made into a ledger.
#pragma once

#include <fmt/format.h>

#include <string>

#include "escape.h"
#include "json.h"
#include "purser/history.h"

namespace purser::tools {

[[nodiscard]] inline Json json_of(const HistoryReport& report) {
  return Json{{"ledger_id", to_hex(report.ledger_id)}, {"size", report.size.value},
              {"root", to_hex(report.root)},           {"deployments", report.deployments},
              {"movements", report.movements},         {"unchanged", report.unchanged},
              {"unknown_times", report.unknown_times}, {"moved_times", report.moved_times},
              {"moved_us_max", report.moved_us_max},   {"to_deleted", report.to_deleted}};
}

/// Some lines, the first with what is there, the others with what is not as it was.
[[nodiscard]] inline std::string history_text(const HistoryReport& report,
                                              const std::string& path) {
  std::string text = fmt::format(
      "{} holds {} events, as ledger {}: {} deployments, {} movements of pointers\n", escape(path),
      report.size.value, to_hex(report.ledger_id), report.deployments, report.movements);
  const auto add = [&](const std::string& what, std::uint64_t count) {
    if (count > 0) text += fmt::format("{}: {}\n", what, count);
  };
  add(fmt::format("times moved by at most {} us to stay in order, and kept beside",
                  report.moved_us_max),
      report.moved_times);
  add("movements that changed nothing, and are no events", report.unchanged);
  add("movements to a deployment whose artifact had been deleted", report.to_deleted);
  add("times that are not known", report.unknown_times);
  return text;
}

}  // namespace purser::tools
