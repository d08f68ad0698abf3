// Children that run trials, and the memory that they share with the parent to say how far they are.
#include "faults/damage/batches.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "check.h"
#include "support/scale.h"

namespace purser::faults {
namespace {

constexpr std::size_t kTrialsPerChild = 2000;
constexpr unsigned kSecondsPerTrial = 60 * kSlowdown;  // a hang is a crash
constexpr rlim_t kMemoryBytesMax = rlim_t{2} << 30;    // more cannot be had: it is a crash too

// Written by the child, read by the parent when the child has ended.
struct Report {
  std::size_t at;  // the injury that is being tried
  std::uint64_t outcomes[kOutcomes];
  char first_wrong[1000];
};

struct Shared {
  Shared() {
    void* memory =
        ::mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    PURSER_CHECK(memory != MAP_FAILED, "no memory to share");
    report = static_cast<Report*>(memory);
  }
  ~Shared() { ::munmap(report, sizeof(Report)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  Report* report;
};

void note(char (&first_wrong)[1000], const std::string& what) {
  if (first_wrong[0] == '\0') what.copy(first_wrong, sizeof first_wrong - 1);
}

struct End {
  bool well = false;
  std::string how;
  std::uint64_t memory_bytes = 0;
};

End run_child(const std::function<void()>& work) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  PURSER_CHECK(child >= 0, "fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    work();
    ::_exit(0);
  }
  int status = 0;
  struct rusage usage {};
  PURSER_CHECK(::wait4(child, &status, 0, &usage) == child, "wait4");
  End end;
  end.well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  end.how = WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                                : fmt::format("exit code {}", WEXITSTATUS(status));
  end.memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
  return end;
}

void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const struct rlimit limit { kMemoryBytesMax, kMemoryBytesMax };
  PURSER_CHECK(::setrlimit(RLIMIT_DATA, &limit) == 0, "setrlimit");
#endif
}

void run_trials(Trials& trials, const std::vector<Injury>& injuries, std::size_t end,
                Report& report) {
  while (report.at < end) {
    ::alarm(kSecondsPerTrial);
    const Verdict verdict = trials.run(injuries[report.at]);
    ++report.outcomes[static_cast<std::size_t>(verdict.outcome)];
    if (verdict.outcome == Outcome::wrong) note(report.first_wrong, verdict.wrong);
    ++report.at;
  }
}

}  // namespace

void in_child(const std::function<void()>& make) {
  PURSER_CHECK(run_child(make).well, "what was to be made in a child was not");
}

Tally run_batches(const Folder& whole, const std::vector<Injury>& injuries,
                  const std::string& directory, std::uint64_t seed, Mutant mutant) {
  Tally tally;
  const Shared shared;
  Report& report = *shared.report;
  while (report.at < injuries.size()) {
    const std::size_t end = std::min(injuries.size(), report.at + kTrialsPerChild);
    const End ended = run_child([&] {
      limit_memory();
      Trials trials(whole, directory, seed, mutant);
      run_trials(trials, injuries, end, report);
    });
    tally.most_memory_bytes = std::max(tally.most_memory_bytes, ended.memory_bytes);
    if (ended.well) continue;
    PURSER_CHECK(report.at < end, "a child ended badly without a trial");
    ++tally.crashes;
    ++report.outcomes[static_cast<std::size_t>(Outcome::wrong)];
    note(report.first_wrong, to_string(injuries[report.at]) + ": " + ended.how);
    ++report.at;
  }
  std::copy(std::begin(report.outcomes), std::end(report.outcomes), tally.outcomes.begin());
  tally.first_wrong = report.first_wrong;
  return tally;
}

}  // namespace purser::faults
