#include "figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace purser::peers {

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(static_cast<double>(values.size()) * share);
  return values[std::min(at, values.size() - 1)];
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void print_figures(const std::vector<Figure>& figures) {
  fmt::print(
      "| what | wanted | reached | met | least and most of a round |\n|---|---|---|---|---|\n");
  for (const Figure& figure : figures) {
    const double value = median(figure.rounds);
    const bool met = figure.at_most ? value <= figure.bound : value >= figure.bound;
    const auto [least, most] = std::minmax_element(figure.rounds.begin(), figure.rounds.end());
    fmt::print("| {} | {} | **{}{}** | {} | {} to {} |\n", figure.what, figure.goal,
               short_number(value), figure.unit, met ? "yes" : "no", short_number(*least),
               short_number(*most));
  }
}

std::string short_number(double value) {
  static constexpr std::array kSuffixes{"", "k", "M", "G"};
  std::size_t suffix = 0;
  while (std::abs(value) >= 9995 || (suffix > 0 && std::abs(value) >= 999.5)) {
    if (suffix + 1 == kSuffixes.size()) break;
    value /= 1000;
    ++suffix;
  }
  const int digits = value == 0 ? 0 : static_cast<int>(std::floor(std::log10(std::abs(value))));
  return fmt::format("{:.{}f}{}", value, std::clamp(2 - digits, 0, 4), kSuffixes[suffix]);
}

std::string time_text(double us) {
  if (us < 1) return fmt::format("{:.0f} ns", us * 1e3);
  if (us < 1e3) return fmt::format("{:.{}f} µs", us, us < 10 ? 2 : 0);
  if (us < 1e6) return fmt::format("{:.{}f} ms", us / 1e3, us < 1e4 ? 2 : us < 1e5 ? 1 : 0);
  return fmt::format("{:.2f} s", us / 1e6);
}

}  // namespace purser::peers
