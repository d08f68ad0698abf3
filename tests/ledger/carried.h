// What a ledger is carried in, in memory: lines in a form that is as short as can be, and records.
#pragma once

#include <string>
#include <vector>

#include "carry_lines.h"
#include "purser/carry.h"
#include "purser/ledger.h"

namespace purser {

/// Words with blanks in between.
class PlainLines final : public LineForm {
 public:
  [[nodiscard]] std::string head(const ExportHead& head) const override;
  [[nodiscard]] std::string event(const Event& event, const EventLine& line) const override;
  [[nodiscard]] std::string end(const ExportEnd& end) const override;
  [[nodiscard]] Result<std::optional<ExportHead>> read_head(std::string_view line) const override;
  [[nodiscard]] bool is_end(std::string_view line) const override;
  [[nodiscard]] std::optional<EventLine> read_event(std::string_view line) const override;
  [[nodiscard]] std::optional<ExportEnd> read_end(std::string_view line) const override;
};

struct Exported {
  std::string lines;
  std::vector<CarriedRecord> records;
  CarryReport report;
};
Exported exported(const Ledger& ledger);

/// `records` null: no artifacts.
Result<CarryReport> imported(const std::string& into, const std::string& lines,
                             const std::vector<CarriedRecord>* records = nullptr,
                             const ProgressCallback& progress = {});

/// Looks at lines alone, and makes no ledger.
Result<ReadLines> read_only_lines(const std::string& lines);

/// An export of events that are all alike but for their payloads, positions and times.
std::string lines_with(Event event, const std::vector<Payload>& payloads);

std::vector<std::string> lines_of(const std::string& text);
std::string text_of(const std::vector<std::string>& lines);

/// What errors call it.
std::string name_of(const CarriedRecord& record);
inline bool operator==(const CarriedRecord& a, const CarriedRecord& b) {
  return a.kind == b.kind && a.digest == b.digest && a.id == b.id && a.bytes == b.bytes;
}

}  // namespace purser
