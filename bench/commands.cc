// Commands: each is durable when it returns, so the disk's sync is most of the time.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "scratch_ledger.h"

namespace purser::bench {
namespace {

std::unique_ptr<ScratchLedger> ledger;

void make_ledger(const benchmark::State&) { ledger = std::make_unique<ScratchLedger>(); }
void remove_ledger(const benchmark::State&) { ledger.reset(); }

void create(benchmark::State& state) {
  for (auto _ : state) must((*ledger)->create("project:demo"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(create)
    ->Setup(make_ledger)
    ->Teardown(remove_ledger)
    ->Threads(1)
    ->Threads(8)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

// Every thread moves a pointer of its own to and fro.
void promote(benchmark::State& state) {
  const std::string owner = "project:" + std::to_string(state.thread_index());
  const DeploymentId ids[] = {ready_deployment(**ledger, owner), ready_deployment(**ledger, owner)};
  std::size_t turn = 0;
  for (auto _ : state) {
    const PointerAnswer answer = must((*ledger)->promote(owner, ids[turn++ % 2]));
    if (answer.receipt.unchanged) state.SkipWithError("a promotion moved nothing");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(promote)
    ->Setup(make_ledger)
    ->Teardown(remove_ledger)
    ->Threads(1)
    ->Threads(8)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace purser::bench
