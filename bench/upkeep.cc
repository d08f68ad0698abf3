// What depends on the length of the log: folding it anew, and opening a ledger.
#include <benchmark/benchmark.h>

#include <memory>

#include "scratch_ledger.h"

namespace purser::bench {
namespace {

std::unique_ptr<ScratchLedger> ledger;

void fill_ledger(const benchmark::State& state) {
  ledger = std::make_unique<ScratchLedger>();
  fill(**ledger, static_cast<std::uint64_t>(state.range(0)));
}
void remove_ledger(const benchmark::State&) { ledger.reset(); }

void events(benchmark::internal::Benchmark* bench) {
  bench->Setup(fill_ledger)->Teardown(remove_ledger)->ArgName("events")->UseRealTime();
  bench->Unit(benchmark::kMillisecond)->Arg(tiny() ? 30 : 1'002)->Arg(tiny() ? 99 : 30'000);
}

// items_per_second counts events, each folded into every projection.
void rebuild(benchmark::State& state) {
  for (auto _ : state) must((*ledger)->rebuild());
  const auto size = static_cast<std::int64_t>(must((*ledger)->stats()).log_size.value);
  state.SetItemsProcessed(state.iterations() * size);
}
BENCHMARK(rebuild)->Apply(events);

// Every event, and every row of every projection beside a fresh fold.
void verify_quick(benchmark::State& state) {
  for (auto _ : state) must((*ledger)->verify({true, false}));
  const auto size = static_cast<std::int64_t>(must((*ledger)->stats()).log_size.value);
  state.SetItemsProcessed(state.iterations() * size);
}
BENCHMARK(verify_quick)->Apply(events)->Arg(static_cast<std::int64_t>(events_of_long_log()));

// The first open after the events were written and the ledger closed: the database turns its log
// into tables, and the rows of sealed drafts go.
void first_open(benchmark::State& state) {
  ledger->close();
  for (auto _ : state) ledger->open();
}
BENCHMARK(first_open)->Apply(events)->Iterations(1);

void open(benchmark::State& state, bool read_only) {
  ledger->close();
  ledger->open();
  ledger->close();
  for (auto _ : state) {
    ledger->open(read_only);
    state.PauseTiming();
    ledger->close();
    state.ResumeTiming();
  }
}
BENCHMARK_CAPTURE(open, to_write, false)->Apply(events);
BENCHMARK_CAPTURE(open, to_read, true)->Apply(events);

}  // namespace
}  // namespace purser::bench
