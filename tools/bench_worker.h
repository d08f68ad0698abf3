// The threads of a measurement, each of which promotes until it is told to stop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "bench_histogram.h"
#include "bench_owners.h"
#include "bench_plan.h"

namespace purser::tools {

/// What the threads share.
class BenchRun {
 public:
  /// Both must outlive it. `command_context` is that of every promotion.
  BenchRun(Ledger& in, const BenchPlan& as_planned, Context command_context)
      : ledger(in), plan(as_planned), context(std::move(command_context)) {}

  Ledger& ledger;
  const BenchPlan& plan;
  const Context context;
  std::atomic<bool> measuring = false;
  std::atomic<bool> stopped = false;

  /// Keeps the first error and stops all.
  void fail(const Error& error);
  [[nodiscard]] std::optional<Error> error();

 private:
  std::mutex mutex_;
  std::optional<Error> error_;
};

/// What one thread does and has seen.
class BenchWorker {
 public:
  /// All must outlive it; `owners` are this worker's alone.
  BenchWorker(BenchRun& run, std::span<BenchOwner> owners) : run_(run), promotions_(owners) {}

  /// Promotes until the run is stopped; returns when the last promotion has been answered.
  void work();

  /// Promotions done, those of the warm-up included. May be asked meanwhile.
  [[nodiscard]] std::uint64_t done() const { return done_; }
  /// Of the promotions that ended while the run was measuring.
  [[nodiscard]] const LatencyHistogram& latencies() const { return latencies_; }

 private:
  using Clock = std::chrono::steady_clock;

  void promote_one_by_one();
  void promote_in_batches();
  void promote_in_flight();
  /// Waits until one more may be in flight, and counts it.
  void take_off();
  void land(const Result<Answer>& answer, Clock::time_point began);
  void count(Clock::time_point began, std::size_t promotions);

  BenchRun& run_;
  PromotionsInTurn promotions_;
  std::atomic<std::uint64_t> done_ = 0;
  LatencyHistogram latencies_;

  std::mutex mutex_;
  std::condition_variable landed_;
  std::size_t in_flight_ = 0;
};

}  // namespace purser::tools
