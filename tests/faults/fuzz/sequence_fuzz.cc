// Sequences of commands: a ledger answers as its model does, whatever comes after what.
#include "faults/fuzz/harness.h"
#include "faults/fuzz/sequence.h"
#include "ledger/player.h"

namespace purser::fuzz {

void look(std::string_view input) {
  [[maybe_unused]] static const bool is_set_up = (set_up_comparison(), true);
  const std::string mistake = mutant(kRequestForgotten) ? kRequestForgotten : "";
  const Sequence sequence = play(input, mistake);
  if (!sequence.fault.empty()) refute(sequence.fault.c_str());
}

}  // namespace purser::fuzz
