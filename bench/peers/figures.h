// Figures that have a floor (or a ceiling), and numbers as text.
#pragma once

#include <string>
#include <vector>

namespace purser::peers {

/// Of what is sorted: the middle one, or the one below which `share` of them lie. Not of nothing.
double median(std::vector<double> values);
double quantile(std::vector<double> values, double share);

/// A figure in each round. Its value is their median.
struct Figure {
  std::string what;
  std::string goal;      ///< as printed
  double bound = 0;      ///< the value has to be at least this,
  bool at_most = false;  ///< or at most
  std::string unit;      ///< as printed
  std::vector<double> rounds{};
};

void print_figures(const std::vector<Figure>& figures);

/// Three digits: `6.12k`, `123`, `0.0456`.
std::string short_number(double value);
/// With a unit from ns to s.
std::string time_text(double us);

}  // namespace purser::peers
