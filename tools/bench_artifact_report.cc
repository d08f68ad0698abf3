#include "bench_artifact_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "table.h"

namespace purser::tools {
namespace {

double thousandths(double value) { return std::round(value * 1000) / 1000; }

Json thousandths_or_null(const std::optional<double>& value) {
  return value ? Json(thousandths(*value)) : Json(nullptr);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// One step over all rounds.
struct Medians {
  const char* name;
  BenchCost cost;  // the most memory
  std::uint64_t logical_bytes = 0;
  std::uint64_t bytes_on_disk = 0;  // of the last round
  std::optional<double> cp_seconds;
  std::optional<double> times_cp;  // the median of the ratios

  [[nodiscard]] double mb_per_second() const {
    return cost.seconds > 0 ? static_cast<double>(logical_bytes) / 1e6 / cost.seconds : 0;
  }
};

Medians medians_of(const ArtifactReport& report, std::size_t step) {
  std::vector<double> seconds;
  std::vector<double> cpu;
  std::vector<double> cp;
  std::vector<double> ratios;
  Medians medians{};
  for (const auto& round : report.rounds) {
    const ArtifactStep& one = round[step];
    medians.name = one.name;
    medians.logical_bytes = one.logical_bytes;
    medians.bytes_on_disk = one.bytes_on_disk;
    medians.cost.peak_bytes = std::max(medians.cost.peak_bytes, one.cost.peak_bytes);
    seconds.push_back(one.cost.seconds);
    cpu.push_back(one.cost.cpu_seconds);
    if (!one.cp_seconds) continue;
    cp.push_back(*one.cp_seconds);
    ratios.push_back(one.cost.seconds / *one.cp_seconds);
  }
  medians.cost.seconds = median(seconds);
  medians.cost.cpu_seconds = median(cpu);
  if (!cp.empty()) medians.cp_seconds = median(cp);
  if (!ratios.empty()) medians.times_cp = median(ratios);
  return medians;
}

std::vector<Medians> medians_of(const ArtifactReport& report) {
  std::vector<Medians> all;
  for (std::size_t i = 0; i < report.rounds.front().size(); ++i) {
    all.push_back(medians_of(report, i));
  }
  return all;
}

}  // namespace

Json json_of(const ArtifactReport& report) {
  Json steps = Json::array();
  for (const Medians& one : medians_of(report)) {
    steps.push_back({{"step", one.name},
                     {"seconds", thousandths(one.cost.seconds)},
                     {"mb_per_second", thousandths(one.mb_per_second())},
                     {"logical_bytes", one.logical_bytes},
                     {"bytes_on_disk", one.bytes_on_disk},
                     {"cpu_seconds", thousandths(one.cost.cpu_seconds)},
                     {"peak_bytes", one.cost.peak_bytes},
                     {"cp_seconds", thousandths_or_null(one.cp_seconds)},
                     {"times_cp", thousandths_or_null(one.times_cp)}});
  }
  return {{"folders", report.folders},
          {"files", report.files},
          {"bytes", report.bytes},
          {"rounds", report.rounds.size()},
          {"steps", std::move(steps)}};
}

std::string artifact_table(const ArtifactReport& report, bool colour) {
  Table table({{"STEP"},
               {"SECONDS", true},
               {"MB/S", true},
               {"FILES", true},
               {"ON DISK", true},
               {"CPU S", true},
               {"MEMORY", true},
               {"× CP", true}},
              colour);
  for (const Medians& one : medians_of(report)) {
    table.add({{one.name},
               {fmt::format("{:.3f}", one.cost.seconds)},
               {fmt::format("{:.0f}", one.mb_per_second())},
               {human_bytes(one.logical_bytes)},
               {human_bytes(one.bytes_on_disk)},
               {fmt::format("{:.2f}", one.cost.cpu_seconds)},
               {human_bytes(one.cost.peak_bytes)},
               {one.times_cp ? fmt::format("{:.2f}", *one.times_cp) : "-"}});
  }
  return table.take();
}

}  // namespace purser::tools
