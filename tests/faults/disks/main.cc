// Power cuts under ext4, xfs and btrfs: whatever was acknowledged before a cut is there, byte for
// byte, once the kernel has recovered the file system, and the ledger is whole.
//
// A disk that logs what it is told stands below a loop device; the log is replayed up to a random
// moment. Needs root, loop devices and FUSE: where these, or a file system, are missing, it says so
// and ends with exit code 77.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "faults/disks/mounted.h"
#include "faults/disks/round.h"
#include "faults/run.h"

namespace purser::faults {
namespace {

constexpr std::size_t kCutsPerRound = 40;
constexpr int kSkipped = 77;

bool any_skipped = false;
bool any_wrong = false;

void say_skipped(const std::string& what, const std::string& why) {
  any_skipped = true;
  fmt::print("SKIPPED: {}: {}\n", what, why);
}

void add(Found& found, const RoundFound& round) {
  if (found.wrong == 0) found.first_wrong = round.first_wrong;
  found.faults += round.cuts;
  found.wrong += round.wrong;
  any_wrong = found.wrong > 0;
}

RoundOptions options_of(const Run& run, std::uint64_t round, std::size_t cuts) {
  RoundOptions options;
  options.seed = run.seed + round;
  options.cuts = std::min(cuts, kCutsPerRound);
  options.lying_flushes = run.mutant == "lying-flush" ? 4 : 0;
  options.acks_too_early = run.mutant == "early-ack";
  return options;
}

// `cuts` of them on one file system, each workload with a few.
void cut_on(const FileSystem& system, std::size_t cuts, const Run& run, Found& found) {
  RoundFound sum;
  for (std::uint64_t number = 0; sum.cuts < cuts; ++number) {
    const std::string directory = fmt::format("{}/{}-{}", run.dir, system.type, number);
    std::filesystem::create_directories(directory);
    const RoundFound round = run_round(system, directory, options_of(run, number, cuts - sum.cuts));
    std::filesystem::remove_all(directory);
    if (!round.skipped.empty()) return say_skipped(system.type, round.skipped);
    add(found, round);
    if (round.cuts == 0) return;  // its workload went wrong
    sum.cuts += round.cuts;
    sum.writes += round.writes;
    sum.flushes += round.flushes;
    sum.acks += round.acks;
    sum.torn += round.torn;
    sum.mended += round.mended;
  }
  found.figures += fmt::format(
      "{}{}: {} cuts, {} of them with unflushed writes left, {} mended by recover, over {} writes "
      "and {} flushes that "
      "carried {} acknowledgements",
      found.figures.empty() ? "" : "; ", system.type, sum.cuts, sum.torn, sum.mended, sum.writes,
      sum.flushes, sum.acks);
}

Found look(const Run& run) {
  std::string scratch = run.dir + "/purser-disks-XXXXXX";
  if (::mkdtemp(scratch.data()) == nullptr) throw std::runtime_error("mkdtemp " + scratch);
  Found found;
  Run inside = run;
  inside.dir = scratch;
  if (mount_apart(scratch)) {
    for (std::size_t i = 0; i < kFileSystems.size(); ++i) {
      const std::size_t share = (run.count + i) / kFileSystems.size();
      if (share > 0) cut_on(kFileSystems[i], share, inside, found);
    }
  } else {
    say_skipped("all", "no mounts of its own: it needs root");
  }
  umount_apart(scratch);
  std::filesystem::remove(scratch);
  return found;
}

int run(int argc, char** argv) {
  const int code = run_faults(argc, argv, "power cuts on real file systems", 20,
                              {"lying-flush", "early-ack"}, look);
  return any_skipped && !any_wrong && code != 2 ? kSkipped : code;
}

}  // namespace
}  // namespace purser::faults

int main(int argc, char** argv) { return purser::faults::run(argc, argv); }
