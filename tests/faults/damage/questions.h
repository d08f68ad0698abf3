// Everything that can be asked of a ledger: of its log, of what is derived, of files.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "faults/damage/answers.h"

namespace purser::faults {

class Questions {
 public:
  /// Asks a whole ledger, and knows from then on what there is to ask and what is right.
  explicit Questions(const Ledger& whole);

  /// Asks all that does not change when the log grows.
  void ask_what_stays(const Ledger& ledger);
  /// The rest: how much there is of everything, and `verify`, which must not pass over what a
  /// question before has stumbled on.
  void ask_how_much(const Ledger& ledger);
  void verify(const Ledger& ledger);

  [[nodiscard]] Answers& answers() { return answers_; }
  [[nodiscard]] Position size() const { return size_; }
  /// Of the whole log.
  [[nodiscard]] const Digest& root() const { return root_; }

 private:
  void ask_log(const Ledger& ledger);
  void ask_deployment(const Ledger& ledger, DeploymentId id);
  void ask_pointer(const Ledger& ledger, const std::string& owner, const std::string& channel);

  Position size_;
  Digest root_;
  Position signed_size_;
  DeploymentId last_;
  std::vector<std::pair<std::string, std::string>> pointers_;  // owner and channel
  std::vector<std::string> owners_;
  std::map<DeploymentId, std::string> identifiers_;
  std::map<DeploymentId, std::vector<std::string>> paths_;
  Answers answers_;
};

}  // namespace purser::faults
