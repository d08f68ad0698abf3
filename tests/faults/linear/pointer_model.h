// What one pointer means, one operation after the other: written from the rules, not from the
// library.
//
// A state is the latest activation, and by its links all before it; equal histories are one object,
// so that states are compared by address. States live as long as their model. No threads.
#pragma once

#include <cstdint>
#include <deque>

#include "faults/linear/operation.h"

namespace purser::linear {

struct Activation {
  std::uint32_t generation = 0;  ///< 0: the pointer has never moved
  std::uint32_t deployment = 0;  ///< 0: nothing is active
  const Activation* before = nullptr;
  const Activation* parent = nullptr;  ///< where a rollback looks; never null but for generation 0

  // Who knows all that have followed it: the model.
  mutable Activation* first_after = nullptr;
  Activation* next_sibling = nullptr;
};
using State = const Activation*;

class PointerModel {
 public:
  PointerModel() : activations_(1) {}
  PointerModel(const PointerModel&) = delete;
  PointerModel& operator=(const PointerModel&) = delete;

  [[nodiscard]] State never_moved() const { return &activations_.front(); }

  /// The state after `operation`, asked in `state`; null where the pointer would have answered
  /// something else. Whatever a pending operation does there is as good as anything.
  State after(State state, const Operation& operation);

 private:
  struct Decision {
    Outcome outcome = Outcome::shown;
    Passed passed = Passed::none;
    State after = nullptr;
  };
  Decision decide(State state, const Operation& operation);
  Decision decide_rollback(State state, unsigned steps);
  Decision decide_rollback_to(State state, std::uint32_t deployment);
  State push(State state, std::uint32_t deployment, State parent);

  std::deque<Activation> activations_;
};

}  // namespace purser::linear
