// The steps of a round: make a disk, work on it, cut its power again and again, look.
#include "faults/disks/round.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>

#include "check.h"
#include "faults/disks/acks.h"
#include "faults/disks/logged_disk.h"
#include "faults/disks/mounted.h"
#include "faults/disks/power_cut.h"
#include "faults/disks/survivor.h"
#include "faults/disks/workload.h"

namespace purser::faults {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kSecondsMax = 300;  // of a child; what takes longer hangs

// Empty where it ends well. Whoever uses a ledger has threads, and is a process of its own.
std::string run_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  PURSER_CHECK(child >= 0, "fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::alarm(kSecondsMax);
    work();
    ::_exit(0);
  }
  int status = 0;
  PURSER_CHECK(::waitpid(child, &status, 0) == child, "waitpid");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fmt::format("the process ended with status {:#x}", status);
}

// What children tell this process, beside the acknowledgements.
struct Told {
  char wrong[1000];
  std::uint64_t mended;
  void say(const std::string& what) { wrong[what.copy(wrong, sizeof wrong - 1)] = '\0'; }
};

class Round {
 public:
  Round(const FileSystem& system, std::string directory, const RoundOptions& options)
      : system_(system),
        directory_(std::move(directory)),
        options_(options),
        acks_(shared<Acks>()),
        told_(shared<Told>()) {
    for (const char* name : {"fuse", "mount", "log"}) fs::create_directories(in(name));
  }

  RoundFound run() {
    found_.skipped = make_file_system(system_, in("before.img"));
    if (!found_.skipped.empty()) return found_;
    fs::copy_file(in("before.img"), in("disk.img"));
    work();
    if (found_.skipped.empty() && found_.wrong == 0) cut();
    return found_;
  }

 private:
  [[nodiscard]] std::string in(const std::string& name) const { return directory_ + "/" + name; }

  void note_wrong(const std::string& what) {
    if (found_.wrong++ == 0) found_.first_wrong = std::string(system_.type) + ": " + what;
  }

  void work() {
    const LoggedDisk disk(in("disk.img"), in("fuse"), in("log"), acks_.log_entries);
    const Mounted mounted(disk.file(), system_.type, in("mount"));
    found_.skipped = mounted.why_not();
    if (!found_.skipped.empty()) return;
    WorkloadOptions workload;
    workload.seed = options_.seed;
    workload.acks_too_early = options_.acks_too_early;
    std::string wrong = run_child([&] { run_workload(in("mount/ledger"), workload, acks_); });
    if (!wrong.empty()) return note_wrong("workload: " + wrong);
    entries_ = acks_.log_entries;
    found_.acks = acks_.count;
    fs::copy(in("mount/ledger"), in("ledger"), fs::copy_options::recursive);
  }

  // The moments: any, and those at which something was just acknowledged.
  std::vector<std::size_t> moments(std::mt19937_64& random) const {
    const std::size_t first = acks_.all[0].log_entries;
    std::vector<std::size_t> all;
    while (all.size() < options_.cuts) {
      const std::size_t any = first + random() % (entries_ - first + 1);
      const std::size_t just = acks_.all[random() % found_.acks].log_entries + random() % 8;
      all.push_back(std::min(all.size() % 2 == 0 ? any : just, entries_));
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  void cut() {
    const BlockLog log(in("log"));
    PowerCuts cuts(log, in("before.img"), options_.lying_flushes);
    for (std::size_t i = 0; i < entries_; ++i) {
      ++(log.entries()[i].is_flush() ? found_.flushes : found_.writes);
    }
    std::seed_seq numbers{options_.seed, std::uint64_t{1}};
    std::mt19937_64 random(numbers);
    for (const std::size_t moment : moments(random)) {
      ++found_.cuts;
      found_.torn += cuts.make(moment, in("cut.img"), random) > 0;
      const std::string wrong = look(moment);
      if (!wrong.empty()) note_wrong(fmt::format("cut at {} of {}: {}", moment, entries_, wrong));
    }
    found_.mended = told_.mended;
  }

  std::string look(std::size_t moment) {
    const Mounted mounted(in("cut.img"), system_.type, in("mount"));
    if (!mounted.why_not().empty()) return mounted.why_not();
    told_.say("");
    std::string ended = run_child([&] {
      const auto events = all_stored(Ledger::open(in("ledger"), read_only()).value());
      const Survivor survivor = look_at_survivor(in("mount/ledger"), events, acks_, moment);
      told_.say(survivor.wrong);
      told_.mended += survivor.mended;
    });
    return ended.empty() ? told_.wrong : ended;
  }

  static Options read_only() {
    Options options;
    options.read_only = true;
    return options;
  }

  const FileSystem& system_;
  const std::string directory_;
  const RoundOptions options_;
  Acks& acks_;
  Told& told_;
  std::size_t entries_ = 0;
  RoundFound found_;
};

}  // namespace

RoundFound run_round(const FileSystem& system, const std::string& directory,
                     const RoundOptions& options) {
  return Round(system, directory, options).run();
}

}  // namespace purser::faults
