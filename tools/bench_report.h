// What a measurement of promotions has found, as JSON and as a table. The fields are explained in
// docs/cli.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench_plan.h"
#include "json.h"

namespace purser::tools {

struct BenchReport {
  BenchPlan plan;      ///< its `threads` are those of this measurement
  double seconds = 0;  ///< that the measured promotions took together
  std::uint64_t promotions = 0;
  double p50_us = 0;
  double p95_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double max_us = 0;
  std::uint64_t syncs = 0;             ///< synced writes of the ledger
  std::optional<std::uint64_t> bytes;  ///< that were written to files, if the system tells

  [[nodiscard]] double per_second() const;
  [[nodiscard]] std::optional<double> per_sync() const;
  [[nodiscard]] std::optional<double> bytes_each() const;
};

[[nodiscard]] Json json_of(const BenchReport& report);

/// One row a report.
[[nodiscard]] std::string bench_table(const std::vector<BenchReport>& reports, bool colour);

}  // namespace purser::tools
