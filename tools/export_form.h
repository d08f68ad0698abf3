// The lines of an export as JSON, one object each: docs/import.md.
//
// An event is the object that `purser log --json` prints, and behind it its stored bytes and the
// chain. What is read is searched for and not parsed: the library makes every line anew from what
// was read and takes no other.
#pragma once

#include "purser/carry.h"

namespace purser::tools {

inline constexpr std::uint64_t kExportFormat = 1;

class JsonLines final : public LineForm {
 public:
  [[nodiscard]] std::string head(const ExportHead& head) const override;
  [[nodiscard]] std::string event(const Event& event, const EventLine& line) const override;
  [[nodiscard]] std::string end(const ExportEnd& end) const override;

  [[nodiscard]] Result<std::optional<ExportHead>> read_head(std::string_view line) const override;
  [[nodiscard]] bool is_end(std::string_view line) const override;
  [[nodiscard]] std::optional<EventLine> read_event(std::string_view line) const override;
  [[nodiscard]] std::optional<ExportEnd> read_end(std::string_view line) const override;
};

}  // namespace purser::tools
