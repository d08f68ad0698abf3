#include "faults/linear/witness.h"

#include <algorithm>

namespace purser::linear {
namespace {

std::string wrong(const char* what, const Operation& operation) {
  return std::string("by position: ") + what + ": " + to_string(operation);
}

}  // namespace

Witness::Witness(std::uint64_t log_size) : last_position_(log_size) {
  for (Pointer& pointer : pointers_) {
    pointer.states.push_back(pointer.model.never_moved());
    pointer.positions.push_back(0);
  }
}

std::string Witness::check(const History& history) {
  std::vector<const Operation*> movements;
  for (const std::vector<Operation>& operations : history) {
    for (const Operation& operation : operations) {
      if (operation.outcome == Outcome::other) return wrong("no such answer exists", operation);
      if (operation.outcome == Outcome::moved) movements.push_back(&operation);
    }
  }
  std::sort(movements.begin(), movements.end(),
            [](const Operation* a, const Operation* b) { return a->position < b->position; });
  if (std::string fault = check_positions(movements); !fault.empty()) return fault;
  if (std::string fault = replay(movements); !fault.empty()) return fault;
  std::string fault;
  visit_by_begin(history, [&](const Operation& operation) {
    fault = follow(operation);
    return fault.empty();
  });
  return fault;
}

// Every position is given, each once, and none to an operation that ended before one of a smaller
// began.
std::string Witness::check_positions(const std::vector<const Operation*>& movements) const {
  std::uint64_t position = last_position_;
  std::int64_t begin_ns = last_begin_ns_;
  for (const Operation* operation : movements) {
    if (operation->position != position + 1)
      return wrong("its position is not the next", *operation);
    if (operation->end_ns < begin_ns) {
      return wrong("it ended before one with a smaller position began", *operation);
    }
    ++position;
    begin_ns = std::max(begin_ns, operation->begin_ns);
  }
  return {};
}

// The movements, in the order of their positions, are what the model makes of them.
std::string Witness::replay(const std::vector<const Operation*>& movements) {
  for (const Operation* operation : movements) {
    Pointer& pointer = pointers_[operation->pointer];
    const State after = pointer.model.after(pointer.states.back(), *operation);
    if (after == nullptr) return wrong("not what follows from those before it", *operation);
    pointer.states.push_back(after);
    pointer.positions.push_back(operation->position);
    last_position_ = operation->position;
    last_begin_ns_ = std::max(last_begin_ns_, operation->begin_ns);
  }
  return {};
}

bool Witness::shows(Pointer& pointer, std::uint32_t generation, const Operation& o) const {
  if (o.verb == Verb::pointer && o.position != pointer.positions[generation]) return false;
  return pointer.model.after(pointer.states[generation], o) == pointer.states[generation];
}

// Operations come in the order in which they began. Each gets the earliest state that fits; whoever
// takes one that has not begun yet is found when it does.
std::string Witness::follow(const Operation& o) {
  Pointer& pointer = pointers_[o.pointer];
  for (std::size_t asker = 0; asker < kAskers; ++asker) {
    Seen& last = pointer.last[asker];
    if (last.end_ns == kNever || (last.end_ns >= o.begin_ns && asker != o.asker)) continue;
    pointer.oldest = std::max(pointer.oldest, last.generation);
    last.end_ns = kNever;
  }
  std::uint32_t generation = o.generation;
  if (o.outcome == Outcome::moved) {
    if (generation <= pointer.oldest) return wrong("it was seen before it began", o);
  } else if (o.outcome != Outcome::pending) {
    const bool says = o.verb != Verb::active && o.outcome != Outcome::no_previous;
    const auto end = static_cast<std::uint32_t>(pointer.states.size());
    if (!says) generation = pointer.oldest;
    while (!says && generation < end && !shows(pointer, generation, o)) ++generation;
    if (generation >= end || !shows(pointer, generation, o)) return wrong("no such state", o);
    if (generation < pointer.oldest) return wrong("that state was over before it began", o);
  } else {
    return {};
  }
  pointer.last[o.asker] = {o.end_ns, generation};
  return {};
}

}  // namespace purser::linear
