#include "bench_plot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "bench_gnuplot.h"

namespace purser::tools {
namespace {

Io plot_trouble(const char* operation, const std::string& path) {
  return Io{operation, path, std::generic_category().message(errno)};
}

// Opens `path` for writing and closes it; gives errno from either, or what `use` gives.
template <class Use>
Status with_new_file(const std::string& path, int flags, Use use) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (fd < 0) return plot_trouble("create", path);
  Status used = use(fd);
  if (::close(fd) != 0 && used) return plot_trouble("write", path);
  return used;
}

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

constexpr const char* kSvg =
    "set terminal svg size 820,760 background '#ffffff' font 'sans-serif,14'\n";
constexpr const char* kPng = "set terminal pngcairo size 1230,1140 font 'sans-serif,16' lw 1.5\n";

constexpr const char* kPanels =
    "set grid xtics ytics lt 1 lc rgb '#dddddd' lw 0.5\n"
    "set border 3 lc rgb '#888888'\n"
    "set tics nomirror\n"
    "set lmargin 12\n"
    "set style data linespoints\n"
    "set format y '%.0f'\n"
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

std::string plot_script(const std::string& file, const std::vector<BenchReport>& reports) {
  return fmt::format("set encoding utf8\n{}{}set multiplot layout 2,1 title '{}'\n{}{}",
                     file.ends_with(".svg") ? kSvg : kPng, data_block(reports),
                     title_of(reports.front().plan), threads_axis(reports), kPanels);
}

Result<BenchPlot> BenchPlot::begin(const std::string& file) {
  if (!file.ends_with(".svg") && !file.ends_with(".png")) {
    return InvalidArgument{"--plot", fmt::format("'{}' ends neither in .svg nor in .png", file)};
  }
  BenchPlot plot(file);
  const Status usable = with_new_file(plot.unfinished_, O_CREAT | O_EXCL,
                                      [](int fd) { return run_gnuplot("exit\n", fd); });
  if (!usable) return usable.error();
  return plot;
}

BenchPlot::BenchPlot(std::string file)
    : file_(std::move(file)), unfinished_(fmt::format("{}.{}.part", file_, ::getpid())) {}

BenchPlot::BenchPlot(BenchPlot&& other) noexcept
    : file_(std::move(other.file_)), unfinished_(std::exchange(other.unfinished_, {})) {}

BenchPlot::~BenchPlot() {
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

Status BenchPlot::draw(const std::vector<BenchReport>& reports) {
  Status drawn = with_new_file(
      unfinished_, O_TRUNC, [&](int fd) { return run_gnuplot(plot_script(file_, reports), fd); });
  if (!drawn) return drawn;
  if (::rename(unfinished_.c_str(), file_.c_str()) != 0) return plot_trouble("create", file_);
  unfinished_.clear();
  return {};
}

}  // namespace purser::tools
