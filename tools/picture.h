// A picture in a file, drawn by gnuplot.
#pragma once

#include <string>

#include "purser/status.h"

namespace purser::tools {

class Picture {
 public:
  /// Finds out, before time is spent on figures, whether they can be drawn. `file` ends in .svg or
  /// .png; `option` names it in errors. Errors: InvalidArgument; Io, also where gnuplot is not
  /// installed.
  static Result<Picture> begin(const std::string& option, const std::string& file);

  Picture(Picture&& other) noexcept;
  Picture& operator=(Picture&&) = delete;
  ~Picture();

  /// Runs `script` behind what `picture_head` says, and puts the picture in the place of whatever
  /// the file was. Errors: Io.
  Status draw(const std::string& script);

 private:
  explicit Picture(std::string file);

  std::string file_;
  std::string unfinished_;  // what is drawn into until it is complete; empty: nothing to remove
};

/// What gnuplot is told first, for a picture in a file of this name.
[[nodiscard]] std::string picture_head(const std::string& file);

/// What two panels have in common.
inline constexpr const char* kPanelStyle =
    "set grid xtics ytics lt 1 lc rgb '#dddddd' lw 0.5\n"
    "set border 3 lc rgb '#888888'\n"
    "set tics nomirror\n"
    "set lmargin 12\n"
    "set format y '%.0f'\n";

}  // namespace purser::tools
