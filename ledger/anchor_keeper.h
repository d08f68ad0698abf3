// Keeps the anchor close behind the log while a ledger is written (storage/anchor.h): at most so
// many commits behind, or so long, whichever comes first.
//
// A thread, started by the first commit, writes it when half of the commits or half of the time are
// over, so that who commits seldom waits for it. It is always written after the sync of what it
// speaks of. Where it cannot be written nothing was lost, but what is promised of the log's length
// could not be kept: `check` then refuses every further commit.
//
// Threads: `committed` by one at a time, everything else by any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "anchor.h"
#include "audit/merkle.h"

namespace purser {

struct AnchorLimits {
  std::uint64_t commits_max = 64;
  std::chrono::milliseconds delay_max{100};
};

class AnchorKeeper {
 public:
  /// `clock` gives the time that is written.
  AnchorKeeper(Anchor anchor, const LedgerId& id, const AnchorLimits& limits,
               std::function<Timestamp()> clock);
  ~AnchorKeeper();
  AnchorKeeper(const AnchorKeeper&) = delete;
  AnchorKeeper& operator=(const AnchorKeeper&) = delete;

  /// The log is durable up to `size`; `tree` is that of its events, where it is known. Blocks until
  /// the anchor is fewer than AnchorLimits::commits_max commits behind.
  void committed(Position size, const std::optional<CompactRange>& tree);

  /// Io once the anchor could not be written.
  Status check() const;

  /// How much of the log cannot be lost without being noticed.
  [[nodiscard]] Position anchored() const;

  /// Writes the anchor for a log that ends with `size` and ends the thread. `closing` is what the
  /// database is, closed by then. Errors: Io, also for an earlier write that failed.
  Status close(Position size, const std::optional<Digest>& root,
               const std::optional<ClosingSum>& closing);

 private:
  using Clock = std::chrono::steady_clock;
  using Lock = std::unique_lock<std::mutex>;
  void start();
  void run();
  void write_pending(Lock& lock);
  void stop();

  const LedgerId id_;
  const AnchorLimits limits_;
  const std::uint64_t half_;
  const std::function<Timestamp()> clock_;

  Anchor anchor_;             // written by the thread, and by `close` behind it
  mutable std::mutex mutex_;  // guards what follows
  Position anchored_;
  std::optional<Error> failed_;
  Position size_;  // durable
  std::optional<CompactRange> tree_;
  std::uint64_t behind_ = 0;    // commits that the anchor does not cover
  Clock::time_point oldest_{};  // when the first of them came
  bool stopping_ = false;
  std::condition_variable wake_;
  std::condition_variable written_;
  std::thread thread_;
};

}  // namespace purser
