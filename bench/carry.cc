// Writing a ledger out as JSON Lines, and making another one from them: a ledger of
// PURSER_BENCH_EVENTS events, a million unless given. items_per_second counts events.
#include "purser/carry.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "export_form.h"
#include "scratch_ledger.h"

namespace purser::bench {
namespace {

// Made once, with its lines beside it; what was written lies in tables, as after any restart.
class Carried {
 public:
  Carried() {
    fill_in_batches(*ledger_, events_of_long_log());
    ledger_.close();
    ledger_.open(true);
    write();
  }
  [[nodiscard]] std::string beside(const char* name) const { return ledger_.path() + name; }

  CarryReport write() {
    const int fd = ::open(lines().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const CarryReport report = must(ledger_->write_export(form_, to_descriptor(fd)));
    if (::fsync(fd) != 0 || ::close(fd) != 0) fail("fsync", lines());
    return report;
  }
  CarryReport read(const std::string& into) const {
    const int fd = ::open(lines().c_str(), O_RDONLY | O_CLOEXEC);
    const CarryReport report = must(import_ledger(into, form_, from_descriptor(fd)));
    ::close(fd);
    return report;
  }
  [[nodiscard]] std::uint64_t bytes() const { return std::filesystem::file_size(lines()); }

 private:
  [[nodiscard]] std::string lines() const { return beside(".jsonl"); }

  const tools::JsonLines form_;
  ScratchLedger ledger_;
};
Carried& carried() {
  static const std::unique_ptr<Carried> kCarried = std::make_unique<Carried>();
  return *kCarried;
}
void make_ledger(const benchmark::State&) { carried(); }

void count(benchmark::State& state, std::uint64_t events) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(carried().bytes()));
}

void write_export(benchmark::State& state) {
  std::uint64_t events = 0;
  for (auto _ : state) events = carried().write().size.value;
  count(state, events);
}
BENCHMARK(write_export)->Setup(make_ledger)->UseRealTime()->Unit(benchmark::kMillisecond);

void import(benchmark::State& state) {
  const std::string into = carried().beside(".imported");
  std::uint64_t events = 0;
  for (auto _ : state) {
    events = carried().read(into).size.value;
    state.PauseTiming();
    std::filesystem::remove_all(into);
    state.ResumeTiming();
  }
  count(state, events);
}
BENCHMARK(import)->Setup(make_ledger)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace purser::bench
