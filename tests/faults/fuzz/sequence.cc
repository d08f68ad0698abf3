#include "faults/fuzz/sequence.h"

#include <gtest/gtest.h>

#include "ledger/compare.h"
#include "ledger/player.h"

namespace purser::fuzz {
namespace {

constexpr int kStepsMax = 500;

// Everything that can be asked; what differs.
std::string difference_of(const Ledger& ledger, const Model& model) {
  try {
    expect_same(ledger, model);
  } catch (const std::exception& different) {
    return different.what();
  }
  return {};
}

}  // namespace

void set_up_comparison() {
  int argc = 0;
  testing::InitGoogleTest(&argc, static_cast<char**>(nullptr));
  testing::FLAGS_gtest_throw_on_failure = true;
}

Sequence play(std::string_view bytes, const std::string& mistake) {
  Sequence sequence;
  FakeClock clock;
  Options options = clock.options();
  BytesDraw draw(bytes);
  // How much is kept in memory: nothing, a little, or all.
  const std::int64_t kept = draw.below(3);
  if (kept != 2) options.memory_heads_max = static_cast<std::size_t>(3 * kept);
  Ledger ledger = Ledger::in_memory(options).value();
  Player player(draw, clock, ledger, mistake);
  while (sequence.fault.empty() && !draw.at_end() && sequence.steps < kStepsMax) {
    ++sequence.steps;
    sequence.fault = player.step();
  }
  sequence.accepted = player.accepted;
  sequence.refused = sequence.steps - player.accepted;
  if (sequence.fault.empty()) sequence.fault = difference_of(ledger, player.model);
  if (!sequence.fault.empty()) {
    sequence.fault += " after step " + std::to_string(sequence.steps) + ": " + player.said;
  }
  return sequence;
}

}  // namespace purser::fuzz
