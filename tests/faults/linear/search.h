// The check that trusts no positions: it looks for some order, any order, that explains the answers
// of one pointer after the other.
//
// J. M. Wing and C. Gong, "Testing and verifying concurrent objects" (1993), with what G. Lowe
// added in "Testing for linearizability" (2017): calls and returns are gone through as they
// happened, with the set of all that may be the case; each member is a state and which of those
// under way have taken effect. Only when an operation returns has it to have taken effect, so only
// then others are tried before it. Equal members are one, and where nothing is under way few are
// left, mostly one. That is what makes it linear in practice. An operation that changes nothing
// takes effect as soon as it can: nothing is lost by it. A pending one may take effect at any time,
// or never. A history is linearizable if it is on each object by itself (M. Herlihy and J. M. Wing,
// 1990). Histories come one after the other, as for the witness. No threads.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "faults/linear/operation.h"
#include "faults/linear/pointer_model.h"

namespace purser::linear {

class Search {
 public:
  Search();

  /// Adds what happened next. What is wrong first; empty if nothing is.
  std::string check(const History& history);

  /// The most that ever may have been the case at once.
  [[nodiscard]] std::size_t widest() const { return widest_; }
  /// How many commands were given while another one was under way on the same pointer.
  [[nodiscard]] std::uint64_t contended() const { return contended_; }

 private:
  /// An operation that is under way has a slot: that of its asker, and behind those, once its
  /// outcome is unknown, another one.
  static constexpr unsigned kSlots = 2 * kAskers;
  struct Case {
    State state = nullptr;
    std::uint32_t done = 0;  ///< slots of those under way that have taken effect
    friend bool operator==(const Case&, const Case&) = default;
  };
  struct Pointer {
    PointerModel model;
    std::vector<Case> cases;
    std::array<const Operation*, kSlots> under_way{};
    std::vector<Operation> pending;  // those whose history is gone
  };
  void begin(Pointer& pointer, const Operation& operation);
  std::string end(Pointer& pointer, const Operation& operation);
  void try_before(Pointer& pointer, Case from, unsigned slot, std::vector<Case>& tried,
                  std::vector<Case>& explained);
  static void settle(Pointer& pointer, const Operation& operation, Case& one);
  void keep_pending(Pointer& pointer);

  std::array<Pointer, kPointers> pointers_;
  std::size_t widest_ = 0;
  std::uint64_t contended_ = 0;
};

}  // namespace purser::linear
