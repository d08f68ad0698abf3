// The picture of a sweep over numbers of threads: throughput and latency, drawn by gnuplot.
#pragma once

#include <string>
#include <vector>

#include "bench_report.h"

namespace purser::tools {

class BenchPlot {
 public:
  /// Finds out, before time is spent on figures, whether they can be drawn. `file` ends in .svg or
  /// .png. Errors: InvalidArgument; Io, also where gnuplot is not installed.
  static Result<BenchPlot> begin(const std::string& file);

  BenchPlot(BenchPlot&& other) noexcept;
  BenchPlot& operator=(BenchPlot&&) = delete;
  ~BenchPlot();

  /// Draws and puts the picture in the place of whatever `file` was. Errors: Io.
  Status draw(const std::vector<BenchReport>& reports);

 private:
  explicit BenchPlot(std::string file);

  std::string file_;
  std::string unfinished_;  // what is drawn into until it is complete; empty: nothing to remove
};

/// What gnuplot is told, for a picture in a file of this name.
[[nodiscard]] std::string plot_script(const std::string& file,
                                      const std::vector<BenchReport>& reports);

}  // namespace purser::tools
