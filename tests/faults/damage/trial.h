// One ledger with one injury: opened, read, opened for writing, written to, opened again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "faults/damage/folder.h"
#include "faults/damage/injury.h"
#include "faults/damage/mutant.h"
#include "faults/damage/questions.h"

namespace purser::faults {

/// How a damaged ledger has answered.
enum class Outcome : std::uint8_t {
  right,    ///< all as before
  named,    ///< some answers were errors that name what is damaged, the others right
  refused,  ///< opened neither for reading nor for writing, which names it too
  wrong,
};
inline constexpr std::size_t kOutcomes = 4;

struct Verdict {
  Outcome outcome = Outcome::right;
  std::string wrong{};
};

class Trials {
 public:
  /// Of the sample ledger `whole`, each time laid out in `directory`, which is these trials' own.
  Trials(Folder whole, std::string directory, std::uint64_t seed, Mutant mutant);

  Verdict run(const Injury& injury);

 private:
  [[nodiscard]] std::string path() const;
  void damage(const Injury& injury);
  void open_to_read();
  void open_to_write();
  void write(Ledger& ledger);
  void open_again();
  void opening_failed(const Error& error);
  void expect_untouched(const char* by);
  void wrong(const std::string& what) { questions_->answers().note_wrong(what); }

  const Folder whole_;
  const std::string directory_;
  const std::uint64_t seed_;
  const Mutant mutant_;
  std::unique_ptr<Questions> questions_;
  Folder damaged_;
  Injury injury_;
  int opens_ = 0;     // that succeeded
  int refusals_ = 0;  // opens that did not, and errors of answers
};

}  // namespace purser::faults
