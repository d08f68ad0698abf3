// What `export` and `import` tell of what was carried.
#pragma once

#include <fmt/format.h>

#include <string>

#include "json.h"
#include "purser/carry.h"
#include "table.h"

namespace purser::tools {

[[nodiscard]] inline Json json_of(const CarryReport& report) {
  Json json{{"ledger_id", to_hex(report.ledger_id)},
            {"source_id", to_hex(report.source_id)},
            {"size", report.size.value},
            {"root", to_hex(report.root)},
            {"checkpoint", json_of(report.checkpoint)}};
  if (!report.with_artifacts) {
    json["artifacts"] = nullptr;
    return json;
  }
  json["artifacts"] = Json{{"manifests", report.manifests},
                           {"drafts", report.drafts},
                           {"files", report.files},
                           {"chunks", report.chunks},
                           {"bytes", report.bytes}};
  return json;
}

/// The end of a sentence about the events.
[[nodiscard]] inline std::string artifacts_text(const CarryReport& report) {
  if (!report.with_artifacts) return {};
  return fmt::format("; {} artifacts and {} drafts, of {} different files, {}", report.manifests,
                     report.drafts, report.files, human_bytes(report.bytes));
}

}  // namespace purser::tools
