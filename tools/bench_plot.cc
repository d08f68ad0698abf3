#include "bench_plot.h"

#include <fmt/format.h>

#include "picture.h"

namespace purser::tools {
namespace {

// Only the number of threads differs between the reports of a sweep.
std::string title_of(const BenchPlan& plan) {
  std::string text = fmt::format("purser bench: {} owners", plan.owners);
  if (plan.in_flight > 1) text += fmt::format(", {} in flight per thread", plan.in_flight);
  if (plan.batch > 1) text += fmt::format(", batches of {}", plan.batch);
  if (plan.event_bytes > 0) text += fmt::format(", {} bytes more per event", plan.event_bytes);
  return text;
}

std::string data_block(const std::vector<BenchReport>& reports) {
  std::string text = "$figures << END\n";
  for (const BenchReport& one : reports) {
    text += fmt::format("{} {:.1f} {:.1f} {:.1f}\n", one.plan.threads, one.per_second(), one.p50_us,
                        one.p99_us);
  }
  return text + "END\n";
}

std::string threads_axis(const std::vector<BenchReport>& reports) {
  std::string ticks;
  for (const BenchReport& one : reports) {
    ticks += fmt::format("{}{}", ticks.empty() ? "" : ", ", one.plan.threads);
  }
  return fmt::format(
      "set logscale x 2\n"
      "set xrange [{:.3f}:{:.3f}]\n"
      "set xtics ({})\n",
      static_cast<double>(reports.front().plan.threads) * 0.85,
      static_cast<double>(reports.back().plan.threads) * 1.18, ticks);
}

constexpr const char* kPanels =
    "set style data linespoints\n"
    "set ylabel 'durable promotions per second'\n"
    "set yrange [0:*]\n"
    "plot $figures using 1:2 notitle pt 7 lw 2 lc rgb '#1f6fb2'\n"
    "set xlabel 'threads'\n"
    "set ylabel 'latency in µs'\n"
    "set yrange [*:*]\n"
    "set logscale y 10\n"
    "set key above right horizontal\n"
    "plot $figures using 1:3 title 'p50' pt 7 lw 2 lc rgb '#2a9d5c', "
    "$figures using 1:4 title 'p99' pt 5 lw 2 lc rgb '#c2571a'\n"
    "unset multiplot\n";

}  // namespace

std::string plot_script(const std::vector<BenchReport>& reports) {
  return fmt::format("{}set multiplot layout 2,1 title '{}'\n{}{}{}", data_block(reports),
                     title_of(reports.front().plan), threads_axis(reports), kPanelStyle, kPanels);
}

}  // namespace purser::tools
