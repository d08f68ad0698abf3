#include "faults/linear/pointer_model.h"

namespace purser::linear {
namespace {

std::uint32_t previous_of(State state) {
  return state->generation == 0 ? 0 : state->before->deployment;
}

// What has been passed over, when `deployment` is as well. Each thing is told once.
Passed pass_over(Passed passed, bool nothing) {
  switch (passed) {
    case Passed::none: return nothing ? Passed::nothing : Passed::active_now;
    case Passed::nothing: return nothing ? passed : Passed::nothing_then_active;
    case Passed::active_now: return nothing ? Passed::active_then_nothing : passed;
    default: return passed;
  }
}

// Where `steps` rollbacks at once lead; null for nowhere.
State walk_back(State from, unsigned steps, Passed& passed) {
  State at = from;
  while (at->generation != 0) {
    at = at->parent;
    if (at->generation == 0) break;
    if (at->deployment == 0 || at->deployment == from->deployment) {
      passed = pass_over(passed, at->deployment == 0);
    } else if (--steps == 0) {
      return at;
    }
  }
  return nullptr;
}

std::uint32_t rollback_target(State state) {
  Passed ignored = Passed::none;
  const State target = walk_back(state, 1, ignored);
  return target == nullptr ? 0 : target->deployment;
}

}  // namespace

State PointerModel::push(State state, std::uint32_t deployment, State parent) {
  for (Activation* known = state->first_after; known != nullptr; known = known->next_sibling) {
    if (known->deployment == deployment && known->parent == parent) return known;
  }
  Activation& made = activations_.emplace_back();
  made.generation = state->generation + 1;
  made.deployment = deployment;
  made.before = state;
  made.parent = parent;
  made.next_sibling = state->first_after;
  state->first_after = &made;
  return &made;
}

PointerModel::Decision PointerModel::decide_rollback(State state, unsigned steps) {
  Decision decision;
  const State target = walk_back(state, steps, decision.passed);
  decision.outcome = target == nullptr ? Outcome::no_previous : Outcome::moved;
  decision.after = target == nullptr ? state : push(state, target->deployment, target->parent);
  return decision;
}

PointerModel::Decision PointerModel::decide_rollback_to(State state, std::uint32_t deployment) {
  State earlier = state;
  while (earlier->generation != 0 && earlier->deployment != deployment) earlier = earlier->before;
  const State parent = earlier->generation == 0 ? state : earlier->parent;
  return {Outcome::moved, Passed::none, push(state, deployment, parent)};
}

PointerModel::Decision PointerModel::decide(State state, const Operation& o) {
  if (!is_command(o.verb)) return {Outcome::shown, Passed::none, state};
  if (o.expect != kNoExpect && o.expect != state->generation) {
    return {Outcome::conflict, Passed::none, state};
  }
  if (o.verb == Verb::rollback) return decide_rollback(state, o.steps);
  const std::uint32_t wanted = o.verb == Verb::clear ? 0 : o.asked;
  if (state->deployment == wanted) return {Outcome::unchanged, Passed::none, state};
  if (o.verb == Verb::rollback_to) return decide_rollback_to(state, wanted);
  return {Outcome::moved, Passed::none, push(state, wanted, state)};
}

State PointerModel::after(State state, const Operation& o) {
  // Asked of nearly every operation, and answered without looking further.
  if (o.verb == Verb::active) return state->deployment == o.active ? state : nullptr;
  const Decision decision = decide(state, o);
  const State after = decision.after;
  if (o.outcome == Outcome::pending) return after;
  if (o.outcome != decision.outcome || o.passed != decision.passed) return nullptr;
  bool right = false;
  switch (o.outcome) {
    case Outcome::shown:
    case Outcome::unchanged:
      right = o.generation == state->generation && o.active == state->deployment &&
              o.previous == previous_of(state) &&
              (o.verb != Verb::pointer || o.target == rollback_target(state));
      break;
    case Outcome::moved:
      right = o.generation == after->generation && o.active == after->deployment &&
              o.previous == state->deployment;
      break;
    case Outcome::conflict: right = o.generation == state->generation; break;
    case Outcome::no_previous:
      right =
          o.passed == Passed::none || o.passed == Passed::nothing || o.active == state->deployment;
      break;
    case Outcome::pending:
    case Outcome::refused:
    case Outcome::other: break;
  }
  return right ? after : nullptr;
}

}  // namespace purser::linear
