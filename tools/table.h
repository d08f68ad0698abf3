// Columns and labelled lines for people. Cells are escaped here, so callers pass stored strings as
// they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "purser/types.h"

namespace purser::tools {

enum class Style { plain, heading, good, bad, waiting, faint };

/// `text`, escaped, in the colour of `style` if `colour`.
[[nodiscard]] std::string paint(std::string_view text, Style style, bool colour);

struct Cell {
  std::string text;
  Style style = Style::plain;
};

struct Column {
  std::string heading;
  bool right = false;  ///< numbers line up on the right
};

/// Rows under headings. Rows may come in batches: widths never shrink from one to the next, and the
/// headings come once.
class Table {
 public:
  Table(std::vector<Column> columns, bool colour);

  void add(std::vector<Cell> row);
  /// The rows added since the last call, as lines. Nothing if there are none.
  [[nodiscard]] std::string take();

 private:
  void append_row(std::string& text, const std::vector<Cell>& row) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;  // characters
  std::vector<std::vector<Cell>> rows_;
  bool colour_;
  bool headed_ = false;
};

/// One `label  value` a line. Line breaks in a value are kept, the lines after the first indented.
class Fields {
 public:
  explicit Fields(bool colour) : colour_(colour) {}
  void add(std::string label, std::string value, Style style = Style::plain);
  [[nodiscard]] std::string text() const;

 private:
  struct Field {
    std::string label;
    Cell value;
  };
  std::vector<Field> fields_;
  bool colour_;
};

/// `1.5 MiB`.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

}  // namespace purser::tools
