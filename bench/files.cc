// Files of a draft: storing bytes that the ledger does not hold yet, and reading them back.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "scratch_ledger.h"

namespace purser::bench {
namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;

std::unique_ptr<ScratchLedger> ledger;

void make_ledger(const benchmark::State&) { ledger = std::make_unique<ScratchLedger>(); }
void remove_ledger(const benchmark::State&) { ledger.reset(); }

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Setup(make_ledger)->Teardown(remove_ledger)->ArgName("bytes")->UseRealTime();
  bench->Unit(benchmark::kMicrosecond)->Arg(kKiB);
  bench->Arg(tiny() ? 64 * kKiB : kMiB)->Arg(tiny() ? 2 * kMiB : 64 * kMiB);
}

void store(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const DeploymentId id = must((*ledger)->create("project:demo")).id;
  for (auto _ : state) {
    state.PauseTiming();
    const std::string bytes = new_bytes(size);
    state.ResumeTiming();
    const StoreReport report = must((*ledger)->store(id, "file", bytes));
    if (report.new_bytes != size) state.SkipWithError("the bytes were known already");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(store)->Apply(sizes);

void retrieve(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const DeploymentId id = must((*ledger)->create("project:demo")).id;
  must((*ledger)->store(id, "file", new_bytes(size)));
  for (auto _ : state) {
    const std::string bytes = must((*ledger)->retrieve(id, "file"));
    if (bytes.size() != size) state.SkipWithError("another size came back");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(retrieve)->Apply(sizes);

}  // namespace
}  // namespace purser::bench
