// A line on standard error that shows how far a long call has come, and the way to stop it.
#pragma once

#include <chrono>
#include <string>

#include "interrupt.h"
#include "purser/artifact.h"

namespace purser::tools {

/// Draws only if standard error is a terminal, at most ten times a second; the line is gone when
/// the object is. Hand `callback()` to the long call: it also asks to stop when a signal has come.
class ProgressBar {
 public:
  /// `unit` is what `Progress::files` counts.
  explicit ProgressBar(std::string label, std::string unit = "files");
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  [[nodiscard]] ProgressCallback callback();

  /// The line for `progress` after `seconds`, at most `width` columns. Apart from the drawing, for
  /// tests.
  [[nodiscard]] std::string render(const Progress& progress, double seconds,
                                   std::size_t width) const;

 private:
  using Clock = std::chrono::steady_clock;
  void draw(const Progress& progress);

  std::string label_;
  std::string unit_;
  bool visible_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_draw_ = start_;
  InterruptScope interrupts_;
};

}  // namespace purser::tools
