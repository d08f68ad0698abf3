// The picture of a sweep over numbers of threads: throughput and latency.
#pragma once

#include <string>
#include <vector>

#include "bench_report.h"

namespace purser::tools {

/// What gnuplot is told, see Picture.
[[nodiscard]] std::string plot_script(const std::vector<BenchReport>& reports);

}  // namespace purser::tools
