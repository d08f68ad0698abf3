#include "table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "escape.h"

namespace purser::tools {
namespace {

std::string_view sequence(Style style) {
  switch (style) {
    case Style::plain: return "";
    case Style::heading: return "\x1b[1m";
    case Style::good: return "\x1b[32m";
    case Style::bad: return "\x1b[31m";
    case Style::waiting: return "\x1b[33m";
    case Style::faint: return "\x1b[2m";
  }
  return "";
}

}  // namespace

std::string paint(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::plain || text.empty()) return escape(text);
  return fmt::format("{}{}\x1b[0m", sequence(style), escape(text));
}

Table::Table(std::vector<Column> columns, bool colour)
    : columns_(std::move(columns)), colour_(colour) {
  for (const Column& column : columns_) widths_.push_back(count_characters(column.heading));
}

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    widths_[i] = std::max(widths_[i], count_characters(escape(row[i].text)));
  }
  rows_.push_back(std::move(row));
}

std::string Table::take() {
  std::string text;
  if (!headed_ && !rows_.empty()) {
    std::vector<Cell> headings;
    for (const Column& column : columns_) headings.push_back({column.heading, Style::heading});
    append_row(text, headings);
    headed_ = true;
  }
  for (const auto& row : rows_) append_row(text, row);
  rows_.clear();
  return text;
}

void Table::append_row(std::string& text, const std::vector<Cell>& row) const {
  std::string line;
  std::string gap;  // written only before something, so that no line ends in blanks
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::size_t length = count_characters(escape(row[i].text));
    const std::string padding(widths_[i] - length, ' ');
    if (columns_[i].right) gap += padding;
    if (length > 0) {
      line += gap + paint(row[i].text, row[i].style, colour_);
      gap.clear();
    }
    if (!columns_[i].right) gap += padding;
    gap += "  ";
  }
  text += line + "\n";
}

void Fields::add(std::string label, std::string value, Style style) {
  fields_.push_back({std::move(label), {std::move(value), style}});
}

std::string Fields::text() const {
  std::size_t width = 0;
  for (const Field& field : fields_) width = std::max(width, field.label.size());
  std::string text;
  for (const Field& field : fields_) {
    std::string label = paint(field.label, Style::heading, colour_);
    label.append(width - field.label.size() + 2, ' ');
    std::string_view rest = field.value.text;
    while (true) {
      const std::size_t end = rest.find('\n');
      text += label + paint(rest.substr(0, end), field.value.style, colour_) + "\n";
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      label.assign(width + 2, ' ');
    }
  }
  return text;
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (value /= 1024; value >= 1023.95 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace purser::tools
