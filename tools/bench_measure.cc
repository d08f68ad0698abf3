#include "bench_measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <system_error>
#include <thread>

#include "bench_worker.h"

namespace purser::tools {
namespace {

using BenchClock = std::chrono::steady_clock;

constexpr auto kLookEvery = std::chrono::milliseconds(50);

// A fifth of the measured time, and a second at most.
double warm_up_seconds(const BenchPlan& plan) { return std::min(1.0, plan.seconds / 5); }

double seconds_between(BenchClock::time_point from, BenchClock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

BenchClock::time_point after(BenchClock::time_point start, double seconds) {
  return start +
         std::chrono::duration_cast<BenchClock::duration>(std::chrono::duration<double>(seconds));
}

// What this process has handed to write() and its kin until now.
std::optional<std::uint64_t> bytes_written() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "wchar:") return value;
  }
  return std::nullopt;
}

// The threads, from `start` until `stop` or the end of its life.
class BenchCrew {
 public:
  BenchCrew(BenchRun& run, std::span<BenchOwner> owners) : run_(run) {
    const std::size_t count = run.plan.threads;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t first = owners.size() * i / count;
      const std::size_t end = owners.size() * (i + 1) / count;
      workers_.push_back(std::make_unique<BenchWorker>(run, owners.subspan(first, end - first)));
    }
  }
  ~BenchCrew() { stop(); }
  BenchCrew(const BenchCrew&) = delete;
  BenchCrew& operator=(const BenchCrew&) = delete;

  Status start() {
    try {
      for (const auto& worker : workers_) threads_.emplace_back([&worker] { worker->work(); });
    } catch (const std::system_error& error) {
      return Io{"start", fmt::format("thread {}", threads_.size() + 1), error.code().message()};
    }
    return {};
  }

  /// Returns when the last promotion has been answered.
  void stop() {
    run_.stopped = true;
    threads_.clear();
  }

  [[nodiscard]] std::uint64_t done() const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers_) sum += worker->done();
    return sum;
  }

  void add_to(LatencyHistogram& all) const {
    for (const auto& worker : workers_) all.add(worker->latencies());
  }

 private:
  BenchRun& run_;
  std::vector<std::unique_ptr<BenchWorker>> workers_;
  std::vector<std::jthread> threads_;
};

// What counts on from one moment to the next.
struct BenchReading {
  std::uint64_t syncs = 0;
  std::optional<std::uint64_t> bytes;
  BenchClock::time_point time;
};

Result<BenchReading> read_counters(const Ledger& ledger) {
  const auto stats = ledger.stats();
  if (!stats) return stats.error();
  return BenchReading{stats->groups, bytes_written(), BenchClock::now()};
}

// Lets the time pass and tells how far it is.
class BenchWatch {
 public:
  BenchWatch(BenchRun& run, const BenchCrew& crew, const ProgressCallback& progress)
      : run_(run), crew_(crew), progress_(progress) {}

  /// Until `seconds` after the start. Errors: Cancelled, what stopped the run.
  Status wait(double seconds) {
    const BenchClock::time_point end = after(start_, seconds);
    for (auto now = BenchClock::now(); now < end && !run_.stopped; now = BenchClock::now()) {
      if (!progress_(progress_at(now))) return Cancelled{};
      std::this_thread::sleep_until(std::min(end, now + kLookEvery));
    }
    if (const auto error = run_.error()) return *error;
    return {};
  }

 private:
  [[nodiscard]] Progress progress_at(BenchClock::time_point now) const {
    const double whole = warm_up_seconds(run_.plan) + run_.plan.seconds;
    const double share = std::max(seconds_between(start_, now) / whole, 1e-6);
    const std::uint64_t done = crew_.done();
    return {done, static_cast<std::uint64_t>(static_cast<double>(done) / share), 0, 0};
  }

  BenchRun& run_;
  const BenchCrew& crew_;
  const ProgressCallback& progress_;
  BenchClock::time_point start_ = BenchClock::now();
};

BenchReport report_of(const BenchPlan& plan, const BenchReading& before, const BenchReading& after,
                      const LatencyHistogram& latencies) {
  BenchReport report;
  report.plan = plan;
  report.seconds = seconds_between(before.time, after.time);
  report.promotions = latencies.count();
  report.p50_us = latencies.quantile_us(0.5);
  report.p95_us = latencies.quantile_us(0.95);
  report.p99_us = latencies.quantile_us(0.99);
  report.p999_us = latencies.quantile_us(0.999);
  report.max_us = latencies.max_us();
  report.syncs = after.syncs - before.syncs;
  if (before.bytes && after.bytes) report.bytes = *after.bytes - *before.bytes;
  return report;
}

}  // namespace

Result<BenchReport> measure_promotions(Ledger& ledger, std::span<BenchOwner> owners,
                                       const BenchPlan& plan, const Context& context,
                                       const ProgressCallback& progress) {
  BenchRun run(ledger, plan, context);
  BenchCrew crew(run, owners);
  BenchWatch watch(run, crew, progress);
  if (const Status started = crew.start(); !started) return started.error();
  const double warm_up = warm_up_seconds(plan);
  if (const Status warm = watch.wait(warm_up); !warm) return warm.error();
  const auto before = read_counters(ledger);
  if (!before) return before.error();
  run.measuring = true;
  if (const Status passed = watch.wait(warm_up + plan.seconds); !passed) return passed.error();
  crew.stop();
  if (const auto error = run.error()) return *error;
  const auto after = read_counters(ledger);
  if (!after) return after.error();
  LatencyHistogram latencies;
  crew.add_to(latencies);
  return report_of(plan, *before, *after, latencies);
}

}  // namespace purser::tools
