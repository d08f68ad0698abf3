// What a measurement of artifacts has found, as JSON and as a table. The fields are explained in
// docs/cli.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench_child.h"
#include "json.h"

namespace purser::tools {

/// One step of one round.
struct ArtifactStep {
  const char* name;
  BenchCost cost;
  std::uint64_t logical_bytes = 0;   ///< of the files that it is about
  std::uint64_t bytes_on_disk = 0;   ///< of the ledger after it
  std::optional<double> cp_seconds;  ///< of `cp -a` and `sync -f` of the same files, beside it
};

struct ArtifactReport {
  std::size_t folders = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<std::vector<ArtifactStep>> rounds;  ///< from 1; the same steps in each
};

[[nodiscard]] Json json_of(const ArtifactReport& report);

/// One row a step: medians over the rounds, and the most memory of any.
[[nodiscard]] std::string artifact_table(const ArtifactReport& report, bool colour);

}  // namespace purser::tools
