#include "faults/linear/search.h"

#include <algorithm>

namespace purser::linear {
namespace {

constexpr std::size_t kCasesMax = 100'000;  // what is wider is no answer either

constexpr std::uint32_t bit(unsigned slot) { return std::uint32_t{1} << slot; }

unsigned slot_of(const Operation& operation) {
  return operation.asker + (operation.outcome == Outcome::pending ? kAskers : 0u);
}

// Whether it was put in.
template <class Case>
bool put_new(std::vector<Case>& cases, const Case& one) {
  if (std::find(cases.begin(), cases.end(), one) != cases.end()) return false;
  cases.push_back(one);
  return true;
}

// Calls and returns in the order of time; where both are at once, the call first.
struct Moment {
  const Operation* operation = nullptr;
  bool begins = true;
};
template <class Visit>
void visit_by_time(const History& history, Visit visit) {
  std::vector<std::size_t> next(history.size(), 0);  // twice the number, and one more once it began
  while (true) {
    Moment first;
    std::int64_t first_ns = kNever;
    std::size_t asker = 0;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (next[i] / 2 == history[i].size()) continue;
      const Operation& operation = history[i][next[i] / 2];
      const Moment moment{&operation, next[i] % 2 == 0};
      const std::int64_t at = moment.begins ? operation.begin_ns : operation.end_ns;
      const bool sooner = at < first_ns || (at == first_ns && moment.begins && !first.begins);
      if (first.operation != nullptr && !sooner) continue;
      first = moment;
      first_ns = at;
      asker = i;
    }
    if (first.operation == nullptr) return;
    const bool never_ends = first.begins && first.operation->end_ns == kNever;
    next[asker] += never_ends ? 2 : 1;
    if (!visit(first)) return;
  }
}

}  // namespace

Search::Search() {
  for (Pointer& pointer : pointers_) pointer.cases.push_back({pointer.model.never_moved(), 0});
}

std::string Search::check(const History& history) {
  std::string fault;
  visit_by_time(history, [&](const Moment& moment) {
    Pointer& pointer = pointers_[moment.operation->pointer];
    if (moment.begins) {
      begin(pointer, *moment.operation);
    } else {
      fault = end(pointer, *moment.operation);
    }
    widest_ = std::max(widest_, pointer.cases.size());
    return fault.empty();
  });
  for (Pointer& pointer : pointers_) keep_pending(pointer);
  return fault;
}

void Search::begin(Pointer& pointer, const Operation& operation) {
  if (is_command(operation.verb) &&
      std::any_of(pointer.under_way.begin(), pointer.under_way.end(),
                  [](const Operation* o) { return o != nullptr && is_command(o->verb); })) {
    ++contended_;
  }
  pointer.under_way[slot_of(operation)] = &operation;
  for (Case& one : pointer.cases) settle(pointer, operation, one);
}

// It takes effect if it fits and changes nothing.
void Search::settle(Pointer& pointer, const Operation& operation, Case& one) {
  if (operation.outcome == Outcome::moved || operation.outcome == Outcome::pending) return;
  if (pointer.model.after(one.state, operation) == one.state) one.done |= bit(slot_of(operation));
}

std::string Search::end(Pointer& pointer, const Operation& operation) {
  const unsigned slot = slot_of(operation);
  if (pointer.cases.size() == 1 && (pointer.cases[0].done & bit(slot)) != 0) {  // nearly always
    pointer.cases[0].done &= ~bit(slot);
    pointer.under_way[slot] = nullptr;
    return {};
  }
  std::vector<Case> tried;
  std::vector<Case> explained;
  for (const Case& one : pointer.cases) try_before(pointer, one, slot, tried, explained);
  pointer.under_way[slot] = nullptr;
  pointer.cases = std::move(explained);
  if (pointer.cases.empty()) return "by search: no order explains " + to_string(operation);
  if (pointer.cases.size() > kCasesMax) return "by search: too much may be the case";
  return {};
}

// Every way to have the operation in `slot` done, with as little else as possible.
void Search::try_before(Pointer& pointer, Case from, unsigned slot, std::vector<Case>& tried,
                        std::vector<Case>& explained) {
  if ((from.done & bit(slot)) != 0) {
    put_new(explained, {from.state, from.done & ~bit(slot)});
    return;
  }
  if (!put_new(tried, from)) return;
  for (unsigned other = 0; other < kSlots; ++other) {
    const Operation* operation = pointer.under_way[other];
    if (operation == nullptr || (from.done & bit(other)) != 0) continue;
    const State after = pointer.model.after(from.state, *operation);
    if (after == nullptr || after == from.state) continue;  // what changes nothing is settled
    Case next{after, from.done | bit(other)};
    for (const Operation* one : pointer.under_way) {
      if (one != nullptr) settle(pointer, *one, next);
    }
    try_before(pointer, next, slot, tried, explained);
  }
}

void Search::keep_pending(Pointer& pointer) {
  std::vector<Operation> pending;
  for (const Operation* operation : pointer.under_way) {
    if (operation != nullptr) pending.push_back(*operation);
  }
  pointer.pending = std::move(pending);
  pointer.under_way.fill(nullptr);
  for (const Operation& operation : pointer.pending) {
    pointer.under_way[slot_of(operation)] = &operation;
  }
}

}  // namespace purser::linear
