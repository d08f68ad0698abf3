#include "progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "output.h"
#include "table.h"
#include "terminal.h"

namespace purser::tools {
namespace {

constexpr std::size_t kBarColumns = 24;
constexpr auto kDrawEvery = std::chrono::milliseconds(100);

std::size_t terminal_columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

// From 0 to 1; negative while the total is unknown.
double share_done(const Progress& progress) {
  const bool by_bytes = progress.bytes_total > 0;
  const auto total = static_cast<double>(by_bytes ? progress.bytes_total : progress.files_total);
  const auto done = static_cast<double>(by_bytes ? progress.bytes : progress.files);
  return total > 0 ? std::min(1.0, done / total) : -1;
}

std::string of_total(const std::string& done, const std::string& total, bool known) {
  return known ? fmt::format("{}/{}", done, total) : done;
}

}  // namespace

ProgressBar::ProgressBar(std::string label, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      visible_(is_capable_terminal(STDERR_FILENO)) {}

ProgressBar::~ProgressBar() {
  if (drawn_) static_cast<void>(write_fully(STDERR_FILENO, "\r\x1b[K"));
}

ProgressCallback ProgressBar::callback() {
  return [this](const Progress& progress) {
    if (visible_) draw(progress);
    return !interrupted();
  };
}

void ProgressBar::draw(const Progress& progress) {
  const Clock::time_point now = Clock::now();
  if (now < next_draw_) return;
  next_draw_ = now + kDrawEvery;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const std::string line = render(progress, seconds, terminal_columns() - 1);
  static_cast<void>(write_fully(STDERR_FILENO, "\r" + line + "\x1b[K"));
}

std::string ProgressBar::render(const Progress& progress, double seconds, std::size_t width) const {
  std::string line = label_;
  if (const double share = share_done(progress); share >= 0) {
    const auto filled = static_cast<std::size_t>(share * kBarColumns);
    line += fmt::format("  [{}{}] {:3}%", std::string(filled, '#'),
                        std::string(kBarColumns - filled, '.'), static_cast<int>(share * 100));
  }
  line += fmt::format("  {} {}",
                      of_total(fmt::to_string(progress.files), fmt::to_string(progress.files_total),
                               progress.files_total > 0),
                      unit_);
  if (progress.bytes > 0 || progress.bytes_total > 0) {
    line += "  " + of_total(human_bytes(progress.bytes), human_bytes(progress.bytes_total),
                            progress.bytes_total > 0);
  }
  if (seconds > 0.2) {
    const double amount = static_cast<double>(progress.bytes > 0 ? progress.bytes : progress.files);
    const auto rate = static_cast<std::uint64_t>(amount / seconds);
    line += progress.bytes > 0 ? fmt::format("  {}/s", human_bytes(rate))
                               : fmt::format("  {} {}/s", rate, unit_);
  }
  if (line.size() > width) line.resize(width);
  return line;
}

}  // namespace purser::tools
