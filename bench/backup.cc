// Copying a ledger that is written meanwhile: `backup` beside `cp -a` and a sync of the copy, and
// what either leaves of the speed of sixteen promoters. To be compared in turn:
//   PURSER_BENCH_DIR=… purser_bench_backup --benchmark_enable_random_interleaving=true
//     --benchmark_repetitions=5
#include "purser/backup.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "scratch_ledger.h"

namespace purser::bench {
namespace {

constexpr int kPromoters = 16;

std::unique_ptr<ScratchLedger> ledger;

// Artifacts of 16 MiB each, and what is to be promoted.
void fill_ledger(const benchmark::State&) {
  if (ledger) return;
  ledger = std::make_unique<ScratchLedger>();
  std::atexit([] { ledger.reset(); });  // before what RocksDB keeps until the end of the program
  const int artifacts = tiny() ? 1 : 64;
  for (int i = 0; i < artifacts; ++i) {
    const DeploymentId id = must((*ledger)->create("files")).id;
    must((*ledger)->store(id, "file", new_bytes(tiny() ? 1 << 20 : 16 << 20)));
    must((*ledger)->mark_ready(id));
  }
}

// Each has an owner of its own, whose pointer it moves to and fro.
class Promoters {
 public:
  Promoters() {
    for (int i = 0; i < kPromoters; ++i) {
      threads_.emplace_back([this, owner = fmt::format("promoted:{}", i)] { promote(owner); });
    }
  }
  ~Promoters() {
    over_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Promoters(const Promoters&) = delete;
  Promoters& operator=(const Promoters&) = delete;
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  void promote(const std::string& owner) {
    const DeploymentId ids[] = {ready_deployment(**ledger, owner),
                                ready_deployment(**ledger, owner)};
    for (std::size_t n = 0; !over_; ++n, ++count_) must((*ledger)->promote(owner, ids[n % 2]));
  }

  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

std::string copy_path() { return ledger->path() + ".copy"; }

// Runs `copy` again and again while promotions are counted.
template <class Copy>
void beside_promoters(benchmark::State& state, const Copy& copy) {
  const Promoters promoters;
  std::uint64_t promotions = 0;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const std::uint64_t before = promoters.count();
    bytes += copy();
    promotions += promoters.count() - before;
    state.PauseTiming();
    std::filesystem::remove_all(copy_path());
    state.ResumeTiming();
  }
  state.SetBytesProcessed(bytes);
  state.counters["promotions"] =
      benchmark::Counter(static_cast<double>(promotions), benchmark::Counter::kIsRate);
}

void promoters_alone(benchmark::State& state) {
  beside_promoters(state, [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(tiny() ? 10 : 2000));
    return std::int64_t{0};
  });
}
BENCHMARK(promoters_alone)->Setup(fill_ledger)->UseRealTime()->Unit(benchmark::kMillisecond);

void backup_beside_promoters(benchmark::State& state) {
  beside_promoters(state, [] {
    return static_cast<std::int64_t>(must(backup(ledger->path(), copy_path())).bytes);
  });
}
BENCHMARK(backup_beside_promoters)
    ->Setup(fill_ledger)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// It may miss files and tear others: it is how fast the disk takes these bytes.
void cp_beside_promoters(benchmark::State& state) {
  beside_promoters(state, [] {
    const std::string command =
        fmt::format("cp -a {0} {1} 2>/dev/null; sync -f {1}", ledger->path(), copy_path());
    if (std::system(command.c_str()) != 0) fail("cp", "sync failed");
    std::int64_t bytes = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(copy_path())) {
      if (file.is_regular_file()) bytes += static_cast<std::int64_t>(file.file_size());
    }
    return bytes;
  });
}
BENCHMARK(cp_beside_promoters)->Setup(fill_ledger)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace purser::bench
