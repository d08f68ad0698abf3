// faults_writes: a disk that refuses a call, once or from then on, at every call of a sequence of
// commands: writes, short writes, syncs, renames, creations, folders, cuts, closings.
//
// For each call a process of its own makes a ledger and gives commands until that call is refused
// and the session ends (script.h); then the disk is whole again, and what was told is held against
// what is found (settle.h). Which error, when, and for how long is chosen by the seed. A process
// that does not end by itself is what must not be: the ledger has killed its host.
//
// The count is that of calls: the first so many, each refused in a run of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "faults/folder.h"
#include "faults/run.h"
#include "faults/writes/bad_disk.h"
#include "faults/writes/settle.h"

// What RocksDB waits with after a failed flush; nobody here gains by waiting.
#pragma GCC visibility push(default)
extern "C" int usleep(useconds_t) { return 0; }
#pragma GCC visibility pop

namespace purser::faults {
namespace {

constexpr unsigned kSecondsMax = 120;  // for one run; it takes a part of one

// What a run says to the program: plain, to go through a pipe.
struct Report {
  Refused refused;
  int ok = 0;
  int rejected = 0;
  int unknown = 0;
  int happened = 0;
  bool made = false;  // a ledger, at all
  bool opened = true;
  char wrong[400] = "";
};

void say_wrong(Report& report, const std::string& wrong) {
  if (report.wrong[0] != 0) return;
  std::strncpy(report.wrong, wrong.c_str(), sizeof report.wrong - 1);
}

Fault fault_of(const Run& run, long call) {
  std::mt19937_64 random = run.random(static_cast<std::uint64_t>(call));
  Fault fault;
  fault.call = call;
  fault.error = random() % 2 == 0 ? EIO : ENOSPC;
  fault.stays = random() % 2 == 0;
  fault.everywhere = random() % 2 == 0;
  fault.when = static_cast<When>(random() % 3);
  return fault;
}

// What must be made anew where even that was refused.
void init_again(const std::string& path, Report& report) {
  if (const auto left = Ledger::open(path, small_packs()); left) return;
  std::filesystem::remove_all(path);
  if (const auto made = Ledger::init(path, small_packs()); !made) {
    say_wrong(report, "init again: " + made.error().message());
  }
}

void count(const Answers& answers, Report& report) {
  for (const Told& told : answers.commands) {
    ++(told.answer == Answered::ok         ? report.ok
       : told.answer == Answered::rejected ? report.rejected
                                           : report.unknown);
  }
  for (const std::string& wrong : answers.wrong) say_wrong(report, wrong);
}

Report run_until_refused(const std::string& folder, const Fault& fault, Mistake mistake) {
  Report report;
  const std::string path = folder + "/ledger";
  BadDisk disk(folder, fault);
  Script script(
      path, mistake,
      {[&] { return disk.refused().has_value(); }, [&] { return disk.refused_anchor(); }});
  report.made = script.init();
  while (report.made && report.opened && !disk.refused()) report.opened = script.session();
  disk.heal();
  report.refused = disk.refused().value_or(Refused{});
  if (!report.made) init_again(path, report);
  count(script.answers(), report);
  const Settled settled = settle(path, script.answers(), mistake);
  report.happened = settled.happened;
  if (!settled.wrong.empty()) say_wrong(report, settled.wrong);
  return report;
}

// The same in a process of its own; nothing if that did not end by itself.
std::optional<Report> in_a_process(const std::string& folder, const Fault& fault, Mistake mistake,
                                   int& status) {
  int ends[2];
  if (::pipe(ends) != 0) return std::nullopt;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(kSecondsMax);
    const Report report = run_until_refused(folder, fault, mistake);
    const bool sent = ::write(ends[1], &report, sizeof report) == sizeof report;
    ::_exit(sent ? 0 : 1);
  }
  ::close(ends[1]);
  Report report;
  const bool got = ::read(ends[0], &report, sizeof report) == sizeof report;
  ::close(ends[0]);
  ::waitpid(pid, &status, 0);
  if (!got || status != 0) return std::nullopt;
  return report;
}

Mistake mistake_named(const std::string& mutant) {
  if (mutant == "hidden_failure") return Mistake::hidden_failure;
  if (mutant == "hidden_success") return Mistake::hidden_success;
  if (mutant == "retried_without_id") return Mistake::retried_without_id;
  return Mistake::none;
}

class Program {
 public:
  explicit Program(const Run& run)
      : run_(run), folder_("writes", run.dir), mistake_(mistake_named(run.mutant)) {}

  Found look() {
    for (long call = 1; call <= static_cast<long>(run_.count); ++call) refuse(call);
    std::string where;
    for (const auto& [name, times] : refused_) where += fmt::format(", {} {}", times, name);
    found_.figures = fmt::format(
        "{} commands ok, {} rejected, {} of unknown outcome, of which {} had happened; {} times no "
        "ledger was made, {} times it was not opened; refused{}",
        ok_, rejected_, unknown_, happened_, not_made_, not_opened_, where);
    return found_;
  }

 private:
  void refuse(long call) {
    const Fault fault = fault_of(run_, call);
    ++found_.faults;
    int status = 0;
    const auto report = in_a_process(folder_.fresh("run"), fault, mistake_, status);
    if (!report) {
      const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      return note_wrong(found_,
                        fmt::format("{}: the process died, signal {}", describe(fault), signal));
    }
    count(*report);
    if (report->wrong[0] != 0) {
      note_wrong(found_,
                 fmt::format("{} ({} of {}): {}", describe(fault), to_string(report->refused.kind),
                             to_string(report->refused.part), report->wrong));
    }
  }

  void count(const Report& report) {
    ok_ += report.ok;
    rejected_ += report.rejected;
    unknown_ += report.unknown;
    happened_ += report.happened;
    not_made_ += report.made ? 0 : 1;
    not_opened_ += report.opened ? 0 : 1;
    ++refused_[fmt::format("{} of {}", to_string(report.refused.kind),
                           to_string(report.refused.part))];
  }

  const Run& run_;
  const Folder folder_;
  const Mistake mistake_;
  Found found_;
  long ok_ = 0;
  long rejected_ = 0;
  long unknown_ = 0;
  long happened_ = 0;
  long not_made_ = 0;
  long not_opened_ = 0;
  std::map<std::string, long> refused_;
};

}  // namespace
}  // namespace purser::faults

int main(int argc, char** argv) {
  using purser::faults::Run;
  return purser::faults::run_faults(
      argc, argv, "writes refused", 400, {"hidden_failure", "hidden_success", "retried_without_id"},
      [](const Run& run) { return purser::faults::Program(run).look(); });
}
