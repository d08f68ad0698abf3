// How much a killed ledger can lose without a word: what was acknowledged last, and is gone from
// the end of its log, is less than Options::anchor_commits_max commits; anything more is noticed.
//
// One thread commits as fast as it can, or with pauses, until it is killed. Then the log in db/ is
// cut at many lengths. How old the oldest commit was that was lost unnoticed is told, not judged:
// it depends on the machine.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "check.h"
#include "faults/damage/answers.h"
#include "faults/damage/batches.h"
#include "faults/damage/folder.h"
#include "faults/run.h"
#include "purser/ledger.h"

namespace purser::faults {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kCommitsMax = 100'000;
constexpr int kCutsPerKill = 64;

// What the writer tells, and what was found; in memory that outlives the writer.
struct Shared {
  std::atomic<std::uint64_t> acknowledged;
  std::int64_t times_ns[kCommitsMax];  // of each acknowledgement
  std::uint64_t cuts;
  std::uint64_t unnoticed;      // of the cuts
  std::uint64_t most_lost;      // commits, unnoticed
  std::int64_t oldest_lost_ns;  // before the last acknowledgement
  char wrong[1000];
};

Shared& shared() {
  static void* const kMemory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  PURSER_CHECK(kMemory != MAP_FAILED, "no memory to share");
  return *static_cast<Shared*>(kMemory);
}

Options writing(bool mutant) {
  Options options;
  if (!mutant) return options;
  options.anchor_commits_max = kCommitsMax;  // it does not follow
  options.anchor_delay_max = std::chrono::hours(1);
  return options;
}

void write_until_killed(const std::string& path, const Options& options, bool pauses) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Ledger ledger = Ledger::open(path, options).value();
  while (shared().acknowledged < kCommitsMax) {
    ledger.create("team").value();
    const std::uint64_t number = shared().acknowledged;
    shared().times_ns[number] = Clock::now().time_since_epoch().count();
    ++shared().acknowledged;
    if (pauses) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::_exit(1);  // never killed
}

// Kills it after `commits` acknowledgements.
void kill_writer(const std::string& path, const Options& options, bool pauses,
                 std::uint64_t commits) {
  shared().acknowledged = 0;
  const pid_t writer = ::fork();
  PURSER_CHECK(writer >= 0, "fork");
  if (writer == 0) write_until_killed(path, options, pauses);
  int status = 0;
  while (shared().acknowledged < commits && ::waitpid(writer, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  ::kill(writer, SIGKILL);
  ::waitpid(writer, &status, 0);
  PURSER_CHECK(shared().acknowledged >= commits, "the writer ended by itself");
}

std::string newest_log(const Folder& folder) {
  std::string newest;
  for (const auto& file : folder) {
    if (file.first.ends_with(".log")) newest = file.first;
  }
  return newest;
}

void say_wrong(const std::string& what) {
  shared().wrong[what.copy(shared().wrong, sizeof shared().wrong - 1)] = '\0';
}

void note_lost(std::uint64_t have) {
  const std::uint64_t acknowledged = shared().acknowledged;
  if (have >= acknowledged) return;
  ++shared().unnoticed;
  const std::int64_t age = shared().times_ns[acknowledged - 1] - shared().times_ns[have];
  shared().most_lost = std::max(shared().most_lost, acknowledged - have);
  shared().oldest_lost_ns = std::max(shared().oldest_lost_ns, age);
  if (acknowledged - have < Options().anchor_commits_max) return;
  say_wrong(fmt::format("{} of {} commits lost unnoticed", acknowledged - have, acknowledged));
}

// False where the ledger refuses to open.
bool opens_when_cut(const std::string& path, std::size_t length) {
  const std::filesystem::path log = path + "/" + newest_log(read_folder(path));
  std::filesystem::resize_file(log, length);
  Options reading;
  reading.read_only = true;
  ++shared().cuts;
  const auto ledger = Ledger::open(path, reading);
  if (ledger) {
    note_lost(ledger->stats().value().log_size.value);
  } else if (!names_damage(ledger.error())) {
    say_wrong(fmt::format("cut to {}: {}", length, Answers::in_words(ledger.error())));
  }
  return ledger.has_value();
}

// The shortest log that still opens, and lengths around it and everywhere.
void cut_log(const std::string& path, std::mt19937_64& random) {
  const Folder folder = read_folder(path);
  const std::string& log = folder.at(newest_log(folder));
  const std::size_t end = log.find_last_not_of('\0') + 1;
  const auto opens = [&](std::size_t length) {
    lay_folder(path, folder);
    return opens_when_cut(path, length);
  };
  std::size_t refused = 0;
  std::size_t opened = log.size();
  while (opened - refused > 1) {
    const std::size_t middle = refused + (opened - refused) / 2;
    (opens(middle) ? opened : refused) = middle;
  }
  for (int i = 0; i < kCutsPerKill; ++i) {
    const std::size_t from = i % 2 == 0 || opened > end ? 0 : opened;
    (void)opens(from + random() % (end + 1 - from));
  }
}

Found look(const Run& run) {
  const std::string scratch = scratch_in(run.dir, "window");
  const std::string path = scratch + "/ledger";
  std::mt19937_64 random = run.random();
  Found found;
  for (std::uint64_t kill = 0; kill < run.count; ++kill) {
    in_child([&] { Ledger::init(path).value(); });
    const bool pauses = kill % 4 == 3;
    const std::uint64_t commits = 100 + random() % (pauses ? 100 : 1500);
    kill_writer(path, writing(run.mutant == "no-follow"), pauses, commits);
    in_child([&] { cut_log(path, random); });
    (void)random();  // the child had a copy
    std::filesystem::remove_all(path);
    ++found.faults;
    if (shared().wrong[0] != '\0') note_wrong(found, shared().wrong);
    shared().wrong[0] = '\0';
  }
  std::filesystem::remove_all(scratch);
  found.figures = fmt::format(
      "{} cuts, {} unnoticed: at most {} commits were lost, the oldest {:.1f} ms before the last",
      shared().cuts, shared().unnoticed, shared().most_lost,
      static_cast<double>(shared().oldest_lost_ns) / 1e6);
  return found;
}

}  // namespace
}  // namespace purser::faults

int main(int argc, char** argv) {
  return purser::faults::run_faults(argc, argv, "the anchor's window", 20, {"no-follow"},
                                    purser::faults::look);
}
