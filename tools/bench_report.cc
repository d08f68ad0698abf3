#include "bench_report.h"

#include <fmt/format.h>

#include <cmath>

#include "table.h"

namespace purser::tools {
namespace {

// More digits than these would say nothing.
double rounded(double value, double parts) { return std::round(value * parts) / parts; }
double tenths(double value) { return rounded(value, 10); }

Json tenths_or_null(const std::optional<double>& value) {
  return value ? Json(tenths(*value)) : Json(nullptr);
}

std::string microseconds_text(double value) { return fmt::format("{:.1f}", value); }

std::string text_or_dash(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", *value) : "-";
}

}  // namespace

double BenchReport::per_second() const { return static_cast<double>(promotions) / seconds; }

std::optional<double> BenchReport::per_sync() const {
  if (syncs == 0) return std::nullopt;
  return static_cast<double>(promotions) / static_cast<double>(syncs);
}

std::optional<double> BenchReport::bytes_each() const {
  if (!bytes || promotions == 0) return std::nullopt;
  return static_cast<double>(*bytes) / static_cast<double>(promotions);
}

Json json_of(const BenchReport& report) {
  return Json{{"threads", report.plan.threads},
              {"in_flight", report.plan.in_flight},
              {"batch", report.plan.batch},
              {"owners", report.plan.owners},
              {"event_bytes", report.plan.event_bytes},
              {"seconds", rounded(report.seconds, 1000)},
              {"promotions", report.promotions},
              {"promotions_per_second", tenths(report.per_second())},
              {"p50_us", tenths(report.p50_us)},
              {"p95_us", tenths(report.p95_us)},
              {"p99_us", tenths(report.p99_us)},
              {"p999_us", tenths(report.p999_us)},
              {"max_us", tenths(report.max_us)},
              {"syncs", report.syncs},
              {"promotions_per_sync", tenths_or_null(report.per_sync())},
              {"bytes_per_promotion", tenths_or_null(report.bytes_each())}};
}

std::string bench_table(const std::vector<BenchReport>& reports, bool colour) {
  Table table({{"THREADS", true},
               {"IN FLIGHT", true},
               {"BATCH", true},
               {"PROMOTIONS/S", true},
               {"P50 µs", true},
               {"P95 µs", true},
               {"P99 µs", true},
               {"P99.9 µs", true},
               {"MAX µs", true},
               {"SYNCS", true},
               {"PER SYNC", true},
               {"BYTES EACH", true}},
              colour);
  for (const BenchReport& one : reports) {
    table.add({{fmt::to_string(one.plan.threads)},
               {fmt::to_string(one.plan.in_flight)},
               {fmt::to_string(one.plan.batch)},
               {fmt::format("{:.0f}", one.per_second())},
               {microseconds_text(one.p50_us)},
               {microseconds_text(one.p95_us)},
               {microseconds_text(one.p99_us)},
               {microseconds_text(one.p999_us)},
               {microseconds_text(one.max_us)},
               {fmt::to_string(one.syncs)},
               {text_or_dash(one.per_sync())},
               {text_or_dash(one.bytes_each())}});
  }
  return table.take();
}

}  // namespace purser::tools
