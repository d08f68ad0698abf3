// faults_power: cuts the power under a ledger, in a model of a disk that keeps only what was
// synced.
//
// A run of commands of several threads is recorded, every change of a file and every sync
// (recorder.h). For a cut before any of them the model makes a directory that the cut may leave
// (disk.h). It is opened and looked at: every event, every edit of a draft and every file that was
// acknowledged by then is there, byte for byte, and nothing else; `verify` finds all whole. That
// open, and a command after it, are recorded too, and cut again.
//
// Without a mutant a short run is first cut before every one of its steps.
#include <algorithm>
#include <numeric>

#include "faults/folder.h"
#include "faults/power/cuts.h"

namespace purser::faults {
namespace {

constexpr std::uint64_t kCutsOfOneRun = 400;  // of these every other one is cut again

// Each run is another; one in four has a long log, one in four full packs.
Load load_of(std::uint64_t run) {
  Load load;
  if (run % 4 == 1) load = {.sessions = 2, .commands = 40, .long_log = true};
  if (run % 4 == 2) load.full_packs = true;
  return load;
}
constexpr Load kShortLoad{.sessions = 3, .threads = 1, .commands = 3};

std::vector<Moment> random_moments(std::size_t steps, std::uint64_t count,
                                   std::mt19937_64& random) {
  std::vector<Moment> moments(count);
  for (Moment& moment : moments) {
    moment = std::uniform_int_distribution<Moment>(0, steps)(random);
  }
  std::sort(moments.begin(), moments.end());
  return moments;
}

// The record leaves nothing out: what it says is what lies in the folder.
bool is_complete(const Recording& recording, const std::string& folder) {
  Disk disk(recording.before, {});
  for (const Step& step : recording.steps) disk.take(step);
  auto said = disk.now().contents();
  auto found = Tree::read_from(folder).contents();
  said.erase("ledger/LOCK");  // written through a mapping
  found.erase("ledger/LOCK");
  return said == found;
}

class Program {
 public:
  explicit Program(const Run& run) : run_(run), folder_("power", run.dir) {}

  Found look() {
    honesty_.logs = run_.mutant != "no_log_sync";
    honesty_.files = run_.mutant != "lying_file_sync";
    honesty_.folders = run_.mutant != "lying_folder_sync";
    std::uint64_t stream = 0;
    if (run_.mutant.empty()) every_step(stream++);
    for (const std::uint64_t before = found_.faults; found_.faults - before < run_.count;) {
      some_steps(stream++, (run_.count - (found_.faults - before) + 1) / 2);
    }
    found_.figures = figures(stream);
    return found_;
  }

 private:
  void every_step(std::uint64_t stream) {
    std::mt19937_64 random = run_.random(stream);
    const Work work = record(kShortLoad, random, stream);
    std::vector<Moment> moments(work.recording.steps.size() + 1);
    std::iota(moments.begin(), moments.end(), 0);
    put(work, moments, random, stream);
    every_ = moments.size();
  }

  void some_steps(std::uint64_t stream, std::uint64_t cuts) {
    std::mt19937_64 random = run_.random(stream);
    const Work work = record(load_of(stream), random, stream);
    const std::uint64_t count = std::min(cuts, kCutsOfOneRun / 2);
    put(work, random_moments(work.recording.steps.size(), count, random), random, stream);
  }

  Work record(const Load& load, std::mt19937_64& random, std::uint64_t stream) {
    const std::string folder = folder_.fresh("run");
    Work made = work(folder, load, random, run_.mutant == "acknowledged_before_sync");
    if (!made.wrong.empty()) note_wrong(found_, fmt::format("run {}: {}", stream, made.wrong));
    if (!is_complete(made.recording, folder)) {
      note_wrong(found_, fmt::format("run {}: the record is not what lies there", stream));
    }
    for (const auto& [kind, count] : Recorder::count(made.recording.steps)) steps_[kind] += count;
    events_ += made.history.events.size();
    return made;
  }

  void put(const Work& work, const std::vector<Moment>& moments, std::mt19937_64& random,
           std::uint64_t stream) {
    Cuts(folder_, honesty_, found_, counts_)
        .put(work, moments, random, fmt::format("run {}", stream));
  }

  [[nodiscard]] std::string figures(std::uint64_t runs) const {
    std::string steps;
    for (const auto& [kind, count] : steps_) {
      const auto cut = counts_.before.find(kind);
      steps += fmt::format(", {} of {} {}", cut == counts_.before.end() ? 0 : cut->second, count,
                           to_string(kind));
    }
    return fmt::format(
        "{} runs of {} events, {} cuts before every step of one; {} of a recovery; {} before there "
        "was a ledger; {} mended by recover; {} events and {} files compared; cut before "
        "so many of the steps{}",
        runs, events_, every_, counts_.again, counts_.without, counts_.mended, counts_.events,
        counts_.in_drafts, steps);
  }

  const Run& run_;
  const Folder folder_;
  Honesty honesty_;
  Found found_;
  Counts counts_;
  std::map<Step::Kind, std::uint64_t> steps_;
  std::uint64_t events_ = 0;
  std::uint64_t every_ = 0;
};

}  // namespace
}  // namespace purser::faults

int main(int argc, char** argv) {
  using purser::faults::Run;
  return purser::faults::run_faults(
      argc, argv, "power cuts, modelled", 1000,
      {"no_log_sync", "lying_file_sync", "lying_folder_sync", "acknowledged_before_sync"},
      [](const Run& run) { return purser::faults::Program(run).look(); });
}
