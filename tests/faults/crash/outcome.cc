// Answers as plain numbers.
#include "outcome.h"

#include <algorithm>

namespace purser::faults {
namespace {

void put_receipt(const Receipt& receipt, Outcome& outcome) {
  outcome.position = receipt.position.value_or(Position{}).value;
  outcome.unchanged = receipt.unchanged;
  outcome.replayed = receipt.replayed;
}

}  // namespace

Outcome outcome_of(const Answer& answer) {
  Outcome outcome;
  if (const auto* deployment = std::get_if<DeploymentAnswer>(&answer)) {
    put_receipt(deployment->receipt, outcome);
    outcome.id = deployment->id.value;
    std::copy_n(deployment->identifier.begin(),
                std::min(deployment->identifier.size(), outcome.identifier.size() - 1),
                outcome.identifier.begin());
    const auto* stored =
        deployment->artifact ? std::get_if<StoredArtifact>(&*deployment->artifact) : nullptr;
    if (stored != nullptr) outcome.digest = stored->digest;
  } else if (const auto* pointer = std::get_if<PointerAnswer>(&answer)) {
    put_receipt(pointer->receipt, outcome);
    outcome.generation = pointer->generation.value;
    outcome.active = pointer->active.value_or(DeploymentId{}).value;
    outcome.previous = pointer->previous.value_or(DeploymentId{}).value;
  } else {
    put_receipt(std::get<FreezeAnswer>(answer).receipt, outcome);
  }
  return outcome;
}

}  // namespace purser::faults
