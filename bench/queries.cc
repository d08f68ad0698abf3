// Queries on a ledger that has been in use for a while.
#include <benchmark/benchmark.h>

#include <memory>

#include "scratch_ledger.h"

namespace purser::bench {
namespace {

constexpr std::size_t kPage = 100;

// Made once; what was written lies in tables, as after any restart.
ScratchLedger& filled_ledger() {
  static const std::unique_ptr<ScratchLedger> kLedger = [] {
    auto made = std::make_unique<ScratchLedger>();
    fill(**made, tiny() ? 300 : 10'000);
    made->close();
    made->open();
    return made;
  }();
  return *kLedger;
}
void make_ledger(const benchmark::State&) { filled_ledger(); }

void active(benchmark::State& state) {
  ScratchLedger& ledger = filled_ledger();
  for (auto _ : state) {
    const auto deployment = must(ledger->active(kFilledOwner));
    if (!deployment) state.SkipWithError("nothing is active");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(active)
    ->Setup(make_ledger)
    ->Threads(1)
    ->Threads(8)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

// Page after page, oldest events first, from the beginning again at the end.
void history_page(benchmark::State& state) {
  ScratchLedger& ledger = filled_ledger();
  PageRequest page{kPage, std::nullopt};
  std::int64_t events = 0;
  for (auto _ : state) {
    auto answer = must(ledger->history({}, page));
    events += static_cast<std::int64_t>(answer.items.size());
    page.after = std::move(answer.next);
  }
  state.SetItemsProcessed(events);
}
BENCHMARK(history_page)->Setup(make_ledger)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace purser::bench
