// Draws commands and gives each to a ledger and to its model: every answer must be the model's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/compare.h"
#include "ledger/draw.h"
#include "ledger/model.h"
#include "purser/ledger.h"
#include "support/test_ledger.h"

namespace purser {

/// Mistakes that a player makes on purpose, in what it asks of the ledger and not of the model.
inline constexpr const char* kExpectIgnored = "expect-ignored";
inline constexpr const char* kBadAllowed = "bad-allowed";
inline constexpr const char* kOneStep = "one-step";
inline constexpr const char* kRequestForgotten = "request-forgotten";

class Player {
 public:
  /// All must outlive the player. `mistake`: one of the above, or none.
  Player(Draw& draw, FakeClock& clock, Ledger& ledger, std::string mistake = {})
      : draw_(draw), clock_(clock), ledger_(ledger), mistake_(std::move(mistake)) {}

  /// One step; what was done is in `said`, and where the two differ, if they do, in the answer.
  std::string step();

  Model model;
  std::string said;
  int accepted = 0;
  std::set<std::string> refusals;  ///< by type

 private:
  template <class R>
  std::string note(const R& ledger, const R& model_answer) {
    accepted += ledger.has_value() ? 1 : 0;
    if (!ledger) refusals.emplace(ledger.error().name());
    return difference(ledger, model_answer);
  }
  std::int64_t below(std::int64_t n) { return draw_.below(n); }
  bool one_in(int n) { return below(n) == 0; }
  std::string pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(below(static_cast<std::int64_t>(from.size())))];
  }
  void say(const std::string& verb);

  std::string command(std::int64_t which);
  std::string create();
  std::string edit();
  std::string finish();
  std::string mark_ready();
  std::string check_identity(const Model::Files& files, const Digest& digest);
  std::string mark();
  std::string pin();
  std::string delete_artifact();
  std::string promote();
  std::string rollback();
  std::string rollback_to();
  std::string clear();
  std::string freeze();
  std::string prune();
  std::string expire();

  Draw& draw_;
  FakeClock& clock_;
  Ledger& ledger_;
  const std::string mistake_;
  Context context_;
  std::string owner_;
  std::string channel_;
  DeploymentId id_;
  std::optional<Generation> expect_;
  std::map<Model::Files, Digest> digest_of_;
  std::map<Digest, Model::Files> files_of_;
};

}  // namespace purser
