// Bytes flipped, files cut, removed, zeroed and mixed up in a ledger that was closed cleanly: every
// answer is right or an error that names the damage. `--count 0` tries everything there is.
#include <fmt/format.h>

#include <filesystem>

#include "faults/damage/batches.h"
#include "faults/damage/sample_ledger.h"
#include "faults/run.h"

namespace purser::faults {
namespace {

Found look(const Run& run) {
  const std::string scratch = scratch_in(run.dir, "damage");
  in_child([&] { make_sample_ledger(scratch + "/sample", run.seed); });
  const Folder whole = read_folder(scratch + "/sample");
  std::mt19937_64 random = run.random();
  const auto injuries =
      run.count == 0 ? all_injuries(whole, random) : some_injuries(whole, run.count, random);
  const Tally tally =
      run_batches(whole, injuries, scratch + "/trial", run.seed, mutant_named(run.mutant));
  std::filesystem::remove_all(scratch);
  std::size_t bytes = 0;
  std::size_t files = 0;
  for (const auto& entry : whole) {
    files += !is_directory(entry);
    bytes += entry.second.size();
  }
  Found found;
  found.faults = injuries.size();
  found.wrong = tally.outcomes[static_cast<std::size_t>(Outcome::wrong)];
  found.first_wrong = tally.first_wrong;
  found.figures = fmt::format(
      "{} files, {} bytes; {} answered right, {} opened and named, {} refused, {} crashes; at most "
      "{} MiB",
      files, bytes, tally.outcomes[0], tally.outcomes[1], tally.outcomes[2], tally.crashes,
      tally.most_memory_bytes >> 20);
  return found;
}

}  // namespace
}  // namespace purser::faults

int main(int argc, char** argv) {
  return purser::faults::run_faults(argc, argv, "damage", 2000, purser::faults::mutant_names(),
                                    purser::faults::look);
}
