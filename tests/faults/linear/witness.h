// The check that trusts positions: they are the order, and it has to explain every answer.
//
// Movements in the order of their positions must be what the model makes of them, each one
// generation after the one before; an operation that ended before another began has the smaller
// position; and whatever else was answered shows a state that the pointer had between call and
// return, later askers never an earlier one. Linear in the number of operations, but for a sort of
// the movements. Histories come one after the other, and no operation reaches from one into the
// next, so memory is that of one history and of the movements so far. No threads.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "faults/linear/operation.h"
#include "faults/linear/pointer_model.h"

namespace purser::linear {

class Witness {
 public:
  /// `log_size`: the last position that was given before the first history.
  explicit Witness(std::uint64_t log_size = 0);

  /// Adds what happened next. A pending operation that was found to have happened is given as
  /// moved, and ends never; one that was not is left out. What is wrong first; empty if nothing is.
  std::string check(const History& history);

  /// The last position that was given.
  [[nodiscard]] std::uint64_t log_size() const { return last_position_; }

 private:
  struct Seen {
    std::int64_t end_ns = kNever;
    std::uint32_t generation = 0;
  };
  struct Pointer {
    PointerModel model;
    std::vector<State> states;             // by generation
    std::vector<std::uint64_t> positions;  // of the movements, by generation
    std::array<Seen, kAskers> last{};      // what each asker did last
    std::uint32_t oldest = 0;              // no operation that begins now may see an earlier one
  };
  std::string replay(const std::vector<const Operation*>& movements);
  std::string check_positions(const std::vector<const Operation*>& movements) const;
  std::string follow(const Operation& operation);
  bool shows(Pointer& pointer, std::uint32_t generation, const Operation& operation) const;

  std::array<Pointer, kPointers> pointers_;
  std::uint64_t last_position_;
  std::int64_t last_begin_ns_ = 0;  // of all movements so far
};

/// Every operation of `history`, in the order in which they began.
template <class Visit>
void visit_by_begin(const History& history, Visit visit) {
  std::vector<std::size_t> next(history.size(), 0);
  while (true) {
    const Operation* first = nullptr;
    std::size_t asker = 0;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (next[i] == history[i].size()) continue;
      const Operation& candidate = history[i][next[i]];
      if (first != nullptr && first->begin_ns <= candidate.begin_ns) continue;
      first = &candidate;
      asker = i;
    }
    if (first == nullptr) return;
    ++next[asker];
    if (!visit(*first)) return;
  }
}

}  // namespace purser::linear
