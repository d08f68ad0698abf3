// What the Merkle tree costs a commit, how long its proofs take, and how long it takes to make for
// a ledger that has none.
//
// `promote/tree:0` leaves the tree alone by a hook of the commit that nothing else can reach. Run
// both with --benchmark_enable_random_interleaving=true and compare medians.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "anchor.h"
#include "build.h"
#include "impl.h"
#include "key.h"
#include "merkle_rows.h"
#include "rocks_store.h"
#include "scratch_ledger.h"

namespace purser::bench {
namespace {

std::unique_ptr<ScratchLedger> ledger;

void remove_ledger(const benchmark::State&) { ledger.reset(); }

void make_ledger(const benchmark::State& state) {
  ledger = std::make_unique<ScratchLedger>();
  ledger->close();
  Ledger::Impl::grows_trees = state.range(0) != 0;
  ledger->open();
  Ledger::Impl::grows_trees = true;
}

// Every thread moves a pointer of its own to and fro.
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
    ->ArgName("tree")
    ->Arg(0)
    ->Arg(1)
    ->Threads(1)
    ->Threads(64)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

// An event of `bytes`, hashed and added; the rows that it completes are made and thrown away.
void tree_append(benchmark::State& state) {
  const std::string event = new_bytes(static_cast<std::size_t>(state.range(0)));
  GrowingTree tree;
  WriteSet rows;
  for (auto _ : state) {
    tree.append(merkle_leaf(event), 1, rows);
    if (rows.size() > 1000) rows.clear();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tree_append)->ArgName("bytes")->Arg(200)->Arg(1'000);

const std::uint64_t kEvents = tiny() ? 200 : 1'000'000;

void fill_ledger(const benchmark::State&) {
  ledger = std::make_unique<ScratchLedger>();
  fill_in_batches(**ledger, kEvents);
}

// What the system keeps of the database's files is let go, too.
void forget_pages() {
  for (const auto& file : std::filesystem::directory_iterator(ledger->path() + "/db")) {
    const int fd = ::open(file.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ::fdatasync(fd);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}

// How often this process has read from a file or anything else. Asking is one read of its own.
std::uint64_t reads_so_far() {
  std::ifstream counts("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (counts >> name >> value) {
    if (name == "syscr:") return value;
  }
  return 0;
}

enum class Known { nothing, pages, all };

// Each iteration proves another event: in a ledger just opened, unless all is known, whose files
// the system does not keep where nothing is.
void prove(benchmark::State& state, Known known) {
  const std::uint64_t size = must((*ledger)->stats()).log_size.value;
  std::uint64_t event = 1;
  std::size_t hashes_max = 0;
  std::uint64_t reads = 0;
  for (auto _ : state) {
    if (known != Known::all) {
      state.PauseTiming();
      ledger->close();
      if (known == Known::nothing) forget_pages();
      ledger->open(true);
      must((*ledger)->get(DeploymentId{1}));
      reads -= reads_so_far();
      state.ResumeTiming();
    }
    event = (event * 6364136223846793005u + 1442695040888963407u) % size + 1;
    const auto proof = must((*ledger)->prove_inclusion(Position{event}));
    hashes_max = std::max(hashes_max, proof.size());
    if (known == Known::all) continue;
    state.PauseTiming();
    reads += reads_so_far() - 1;
    state.ResumeTiming();
  }
  if (known != Known::all) {
    state.counters["reads"] = static_cast<double>(reads) / static_cast<double>(state.iterations());
  }
  state.counters["hashes_max"] = static_cast<double>(hashes_max);
}
BENCHMARK_CAPTURE(prove, cold, Known::nothing)
    ->Setup(fill_ledger)
    ->Teardown(remove_ledger)
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(tiny() ? 2 : 200);
BENCHMARK_CAPTURE(prove, opened, Known::pages)
    ->Setup(fill_ledger)
    ->Teardown(remove_ledger)
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(tiny() ? 2 : 200);
BENCHMARK_CAPTURE(prove, warm, Known::all)
    ->Setup(fill_ledger)
    ->Teardown(remove_ledger)
    ->Unit(benchmark::kMicrosecond);

// Leaves a ledger as 0.1.0 did: no tree, and no root in the anchor.
void forget_tree() {
  const auto store = must(RocksStore::open(ledger->path() + "/db", RocksStore::Mode::read_write,
                                           std::size_t{32} << 20));
  const auto builds = builds_in_use(must(read_builds(*store->snapshot())));
  const std::uint32_t build = builds[static_cast<std::size_t>(ProjectionId::merkle)];
  WriteSet changes;
  changes.erase(Space::state, Key('b').raw("M").u32(build).str());
  must(store->write(changes));
  must(store->close());
  AnchorMark mark = must(Anchor::read(ledger->path()));
  mark.root.reset();
  must(must(Anchor::open(ledger->path())).write(mark));
}

// The first opening for writing of such a ledger. items_per_second counts events.
void open_older(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    ledger->close();
    forget_tree();
    state.ResumeTiming();
    ledger->open();
  }
  const auto size = static_cast<std::int64_t>(must((*ledger)->stats()).log_size.value);
  state.SetItemsProcessed(state.iterations() * size);
}
BENCHMARK(open_older)
    ->Setup(fill_ledger)
    ->Teardown(remove_ledger)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(tiny() ? 1 : 5);

}  // namespace
}  // namespace purser::bench
