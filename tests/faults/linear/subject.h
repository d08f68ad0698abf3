// What is tested: a ledger with four pointers, asked as a history records it; and mistakes that can
// be put between the two.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "faults/linear/operation.h"
#include "purser/ledger.h"

namespace purser::linear {

inline constexpr const char* kExpectOutside = "expect-outside-the-commit";
inline constexpr const char* kStaleActive = "stale-active";
inline constexpr const char* kFalsePromise = "acknowledged-and-not-done";

class Subject {
 public:
  /// A new ledger in `directory`, which is not there yet. `mutant`: one of the above, or none.
  Subject(const std::string& directory, const std::string& mutant);

  /// Asks for what `operation` says, and notes the answer in it and when it was.
  void ask(Operation& operation);

  /// The deployments that may be asked for on a pointer.
  [[nodiscard]] const std::vector<std::uint32_t>& deployments(unsigned pointer) const {
    return owners_[pointer / 2].deployments;
  }

  /// Gives the handle up as it is and opens the ledger anew.
  void reopen();

  /// After `reopen`: whether a pending operation has happened. If so it becomes one that moved, and
  /// that never ends.
  bool settle(Operation& operation) const;

  [[nodiscard]] std::uint64_t log_size() const;

 private:
  struct Owner {
    std::string name;
    std::vector<std::uint32_t> deployments;
  };
  void answer(Operation& operation);
  void ask_active(Operation& operation);
  void ask_pointer(Operation& operation);
  Result<PointerAnswer> command(const Operation& operation);
  Result<PointerAnswer> promote(const Operation& operation);
  void note(Operation& operation, const Result<PointerAnswer>& answer) const;

  const std::string directory_;
  const bool expect_outside_;
  const bool stale_active_;
  const bool false_promise_;
  std::optional<Ledger> ledger_;
  std::array<Owner, kPointers / 2> owners_{{{"project:one", {}}, {"project:two", {}}}};

  // Of the mistakes.
  struct Remembered {
    std::atomic<std::uint32_t> active{0};
    std::atomic<std::uint32_t> asked{0};
  };
  std::array<Remembered, kPointers> remembered_;
  std::atomic<std::uint32_t> promotions_{0};
};

}  // namespace purser::linear
