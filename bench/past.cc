// What was active at a moment of the past, of a ledger of PURSER_BENCH_EVENTS events, a million
// unless given. Every call asks for another moment; p50 and p99 are in microseconds.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "scratch_ledger.h"

namespace purser::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kOwners = 10;  // that the ledger is filled with

// Made once; what was written lies in tables, as after any restart.
ScratchLedger& filled_ledger() {
  static const std::unique_ptr<ScratchLedger> kLedger = [] {
    auto made = std::make_unique<ScratchLedger>();
    fill_in_batches(**made, events_of_long_log());
    made->close();
    made->open();
    return made;
  }();
  return *kLedger;
}
void make_ledger(const benchmark::State&) { filled_ledger(); }

double percentile(std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

template <class MomentOf>
void measure(benchmark::State& state, MomentOf moment_of) {
  ScratchLedger& ledger = filled_ledger();
  std::mt19937_64 random(1);
  std::vector<double> took_us;
  for (auto _ : state) {
    const AsOf at = moment_of(random);
    const std::string owner = "project:" + std::to_string(random() % kOwners);
    const auto start = Clock::now();
    benchmark::DoNotOptimize(must(ledger->active_at(owner, kLiveChannel, at)));
    took_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::sort(took_us.begin(), took_us.end());
  state.counters["events"] = static_cast<double>(must(ledger->stats()).log_size.value);
  state.counters["p50"] = percentile(took_us, 0.5);
  state.counters["p99"] = percentile(took_us, 0.99);
}

void active_at_position(benchmark::State& state) {
  const std::uint64_t size = must(filled_ledger()->stats()).log_size.value;
  measure(state, [&](auto& random) { return AsOf(Position{random() % (size + 1)}); });
}
BENCHMARK(active_at_position)->Setup(make_ledger)->Unit(benchmark::kMicrosecond);

void active_at_time(benchmark::State& state) {
  ScratchLedger& ledger = filled_ledger();
  const std::int64_t first = must(ledger->read(Position{1}, 1)).front().time.unix_us;
  const std::int64_t last = must(ledger->stats()).last_event_time->unix_us;
  const auto length = static_cast<std::uint64_t>(last - first + 1);
  measure(state, [&](auto& random) {
    return AsOf(Timestamp{first + static_cast<std::int64_t>(random() % length)});
  });
}
BENCHMARK(active_at_time)->Setup(make_ledger)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace purser::bench
