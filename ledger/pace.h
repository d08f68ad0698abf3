// How fast a ledger is copied beside who writes to it: a commit that finds the disk busy waits
// several times as long. One thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "held_files.h"
#include "writer_lock.h"

namespace purser {

/// While the log of the ledger grows, a copy rests behind each burst twice as long as that took.
/// Long bursts and rests: of a disk that is given little at a time both get less
/// (docs/performance.md).
class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  using Rest = std::function<void(Clock::duration)>;
  /// Work may have been a stalled disk, or a callback that asked somebody.
  static constexpr std::chrono::milliseconds kRestMax{1000};

  /// Of the ledger in `directory`.
  explicit Pace(
      std::string directory,
      Rest rest = [](Clock::duration time) { std::this_thread::sleep_for(time); })
      : directory_(std::move(directory)), rest_(std::move(rest)) {}

  /// So many bytes more are copied.
  void copied(std::uint64_t bytes) {
    bytes_ += bytes;
    if (bytes_ < kBurstBytes) return;
    bytes_ = 0;
    const Clock::duration worked = Clock::now() - begun_;
    if (log_grows()) rest_(std::min<Clock::duration>(2 * worked, kRestMax));
    begun_ = Clock::now();
  }

 private:
  // Since this was asked last. Where it cannot be told nobody is waited for.
  bool log_grows() {
    const auto writer = WriterLock::probe(directory_);
    if (!writer || !*writer) return false;
    const std::optional<Position> before = std::exchange(durable_, (*writer)->durable);
    return before && before != durable_;
  }

  const std::string directory_;
  const Rest rest_;
  std::uint64_t bytes_ = 0;
  std::optional<Position> durable_;
  Clock::time_point begun_ = Clock::now();
};

}  // namespace purser
