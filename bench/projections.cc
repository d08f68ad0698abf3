// Projections of users: what one costs each commit, and how fast one is made anew.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "scratch_ledger.h"

namespace purser::bench {
namespace {

// A counter that every event raises, and a row for each owner.
Status count_event(const Event& event, FoldRows& rows) {
  const auto raise = [&](const std::string& key) -> Status {
    const auto before = rows.get(key);
    if (!before) return before.error();
    return rows.put(key, std::to_string(std::stoull(before->value_or("0")) + 1));
  };
  if (const Status raised = raise("all"); !raised) return raised;
  return raise(std::visit([](const auto& payload) { return payload.owner_key; }, event.payload));
}

// A row for each event, none of which is looked at again.
Status keep_event(const Event& event, FoldRows& rows) {
  return rows.put(std::to_string(event.position.value), event.header.actor);
}

Options options_with(std::int64_t projections) {
  Options options;
  if (projections > 0) options.projections.push_back({"counting", 1, count_event, false});
  if (projections > 1) options.projections.push_back({"keeping", 1, keep_event, false});
  return options;
}

std::unique_ptr<ScratchLedger> ledger;

void make_ledger(const benchmark::State& state) {
  ledger = std::make_unique<ScratchLedger>(options_with(state.range(0)));
}
void remove_ledger(const benchmark::State&) { ledger.reset(); }

// Every thread moves a pointer of its own to and fro; without a projection, with one, with two.
void promote(benchmark::State& state) {
  const std::string owner = "project:" + std::to_string(state.thread_index());
  const DeploymentId ids[] = {ready_deployment(**ledger, owner), ready_deployment(**ledger, owner)};
  std::size_t turn = 0;
  for (auto _ : state) must((*ledger)->promote(owner, ids[turn++ % 2]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(promote)
    ->Setup(make_ledger)
    ->Teardown(remove_ledger)
    ->ArgName("projections")
    ->DenseRange(0, 2)
    ->Threads(1)
    ->Threads(8)
    ->Threads(64)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

void fill_ledger(const benchmark::State&) {
  ledger = std::make_unique<ScratchLedger>(options_with(2));
  fill_in_batches(**ledger, events_of_long_log());
}

// items_per_second counts events.
void rebuild_one(benchmark::State& state, const char* name) {
  for (auto _ : state) must((*ledger)->rebuild_projection(name));
  const auto size = static_cast<std::int64_t>(must((*ledger)->stats()).log_size.value);
  state.SetItemsProcessed(state.iterations() * size);
}
BENCHMARK_CAPTURE(rebuild_one, of_counters, "counting")
    ->Setup(fill_ledger)
    ->Teardown(remove_ledger)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rebuild_one, of_a_row_for_each_event, "keeping")
    ->Setup(fill_ledger)
    ->Teardown(remove_ledger)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace purser::bench
