// faults_soak: a ledger under mixed load from 64 threads for `count` seconds, in eight sessions of
// its writer, with prunes, collections and rebuilds: no error but those of the rules, and memory,
// descriptors and files flat by the rule of gauge.h. At the end the ledger is closed, opened and
// verified as a whole.
//
// Disk use is told, not judged: the log is kept for ever.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "check.h"
#include "faults/run.h"
#include "gauge.h"
#include "support/scale.h"
#include "traffic.h"
#include "unique_fd.h"

namespace purser::faults {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint64_t kSamples = 120;  // in a short run; a long one takes one each second
constexpr int kSessions = 8;             // two in each quarter
constexpr std::size_t kKeptBytes = 1u << 20;

// Small, so that what is to be full is so before the second quarter.
Options soak_options() {
  Options options;
  options.block_cache_bytes = 8u << 20;
  options.memory_heads_max = 4'096;
  options.rebuild_memory_bytes = 16u << 20;
  options.pack_bytes_max = 4u << 20;
  return options;
}

// What a mutant keeps at each sample, though nobody needs it: enough for a short run.
class Hoard {
 public:
  Hoard(std::string mutant, std::string directory)
      : mutant_(std::move(mutant)), directory_(std::move(directory)) {}

  void add() {
    for (int i = 0; i < 4; ++i) add_one();
  }

 private:
  void add_one() {
    ++count_;
    if (mutant_ == "descriptors kept") {
      descriptors_.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    } else if (mutant_ == "memory kept") {
      memory_.emplace_back(kKeptBytes, 'x');
    } else if (mutant_ == "files kept") {
      std::ofstream(fmt::format("{}/chunks/kept-{}", directory_, count_)) << "x";
    } else if (mutant_ == "tables kept") {
      std::ofstream(fmt::format("{}/db/kept-{}.sst", directory_, count_)) << "x";
    }
  }

  const std::string mutant_;
  const std::string directory_;
  std::uint64_t count_ = 0;
  std::vector<UniqueFd> descriptors_;
  std::vector<std::string> memory_;
};

std::string counted(const TrafficCounts& counts) {
  return fmt::format(
      "64 threads: {} commands, {} refused by the rules, {} reads, {} events followed, {} opens "
      "beside, {} prunes, {} collections, {} rebuilds, {} other errors",
      counts.commands.load(), counts.refused.load(), counts.reads.load(), counts.followed.load(),
      counts.opens.load(), counts.prunes.load(), counts.collections.load(), counts.rebuilds.load(),
      counts.errors.load());
}

void verify(const std::string& directory, Found& found) {
  const auto ledger = Ledger::open(directory, soak_options());
  if (!ledger) return note_wrong(found, "opening it again: " + ledger.error().message());
  const auto report = ledger->verify();
  if (!report) return note_wrong(found, "verify: " + report.error().message());
  if (!report->is_whole()) note_wrong(found, "verify finds damage");
  found.figures += fmt::format("; verified {} events, {} files", report->events, report->files);
}

// One session of a writer, which ends with a close: what a rebuild replaces goes when the ledger is
// opened the next time.
class Session {
 public:
  Session(const Run& run, std::string directory, Found& found)
      : run_(run), directory_(std::move(directory)), found_(found) {}

  // Takes a sample every `interval`.
  void hold(milliseconds length, milliseconds interval, Gauge& gauge, Hoard& hoard) {
    auto ledger = Ledger::open(directory_, soak_options());
    if (!ledger) return note_wrong(found_, "opening it: " + ledger.error().message());
    const milliseconds unit = std::min<milliseconds>(length / 5, milliseconds(15'000));
    Traffic traffic(*ledger, directory_, run_.seed + 1'000 * number_++, unit, counts_);
    const auto end = Clock::now() + length;
    for (auto next = Clock::now(); next < end; next += interval) {
      std::this_thread::sleep_until(next);
      gauge.take();
      hoard.add();
    }
    traffic.stop();
    if (const std::string error = traffic.first_error(); !error.empty()) note_wrong(found_, error);
    if (const Status closed = ledger->close(); !closed) {
      note_wrong(found_, closed.error().message());
    }
  }
  [[nodiscard]] std::string counted() const { return faults::counted(counts_); }

 private:
  const Run& run_;
  const std::string directory_;
  Found& found_;
  TrafficCounts counts_;
  std::uint64_t number_ = 0;
};

Found look(const Run& run) {
  Found found;
  const std::string directory = fmt::format("{}/faults_soak.{}", run.dir, ::getpid());
  fs::remove_all(directory);
  PURSER_CHECK(Ledger::init(directory, soak_options()).has_value(), "init");
  const milliseconds length(run.count * 1'000);
  const milliseconds interval = std::min<milliseconds>(length / kSamples, milliseconds(1'000));
  Gauge gauge(directory);
  Hoard hoard(run.mutant, directory);
  Session session(run, directory, found);
  for (int i = 0; i < kSessions; ++i) session.hold(length / kSessions, interval, gauge, hoard);
  found.faults = run.count;
  found.figures =
      session.counted() + "; medians of the second and the last quarter: " + gauge.figures();
  for (const std::string& line : gauge.not_flat()) note_wrong(found, line);
  verify(directory, found);
  fs::remove_all(directory);
  return found;
}

}  // namespace
}  // namespace purser::faults

int main(int argc, char** argv) {
  // Otherwise each thread keeps in an arena of its own what it once needed, and what is resident
  // tells of past threads.
  mallopt(M_ARENA_MAX, 2);  // NOLINT: no thread runs yet
  return purser::faults::run_faults(
      argc, argv, "under mixed load nothing fails and nothing grows", 4,
      {"descriptors kept", "memory kept", "files kept", "tables kept"}, purser::faults::look);
}
