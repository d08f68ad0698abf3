// Sequences of commands: a ledger answers as its model does, whatever comes after what.
#include "faults/fuzz/harness.h"
#include "faults/fuzz/sequence.h"
#include "ledger/player.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purser;
  using namespace purser::fuzz;
  [[maybe_unused]] static const bool is_set_up = (set_up_comparison(), true);
  const std::string mistake = mutant(kRequestForgotten) ? kRequestForgotten : "";
  const Sequence sequence = play(as_text(data, size), mistake);
  if (!sequence.fault.empty()) refute(sequence.fault.c_str());
  return 0;
}
