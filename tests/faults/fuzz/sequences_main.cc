// Random sequences of commands beside the model: every answer, and at the end every query.
//
// A sequence is a string of bytes, as the harness `sequence` takes it: from the seed and its number
// it is made anew.
#include "faults/fuzz/sequence.h"
#include "faults/run.h"
#include "ledger/player.h"

namespace purser::fuzz {
namespace {

constexpr std::uint64_t kBytesMax = 4000;

std::string random_bytes(std::mt19937_64 random) {
  std::string bytes(1 + random() % kBytesMax, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

faults::Found look_for_differences(const faults::Run& run) {
  faults::Found found;
  std::uint64_t steps = 0;
  std::uint64_t accepted = 0;
  set_up_comparison();
  for (std::uint64_t number = 0; number < run.count && found.wrong == 0; ++number) {
    const Sequence sequence = play(random_bytes(run.random(number)), run.mutant);
    ++found.faults;
    steps += static_cast<std::uint64_t>(sequence.steps);
    accepted += static_cast<std::uint64_t>(sequence.accepted);
    if (!sequence.fault.empty()) {
      faults::note_wrong(found, fmt::format("sequence {}: {}", number, sequence.fault));
    }
  }
  found.figures = fmt::format("{} commands, {} of them accepted", steps, accepted);
  return found;
}

}  // namespace

int run(int argc, char** argv) {
  return faults::run_faults(argc, argv, "sequences of commands beside the model", 1000,
                            {kExpectIgnored, kBadAllowed, kOneStep, kRequestForgotten},
                            look_for_differences);
}

}  // namespace purser::fuzz

int main(int argc, char** argv) { return purser::fuzz::run(argc, argv); }
