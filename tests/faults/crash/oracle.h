// What a ledger must hold, from what was told about it before each kill.
//
// Every event bears the ticket of the attempt that it is of. The log must be what the model decides
// when it is given the orders behind its events, one after the other: so a command is in it as a
// whole or not at all, with what was answered, decided by the rules on what came before it, and
// once for each request id. What was acknowledged must be in it, what was refused must not.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "drafts.h"
#include "faults/run.h"
#include "ledger/model.h"
#include "message.h"

namespace purser::faults {

struct Counted {
  std::uint64_t commands = 0;   ///< acknowledged
  std::uint64_t edits = 0;      ///< acknowledged
  std::uint64_t committed = 0;  ///< commands under way at a kill that had happened
  std::uint64_t absent = 0;     ///< and that had not
  std::uint64_t events = 0;     ///< compared with the model
  std::uint64_t read_back = 0;  ///< deployments, byte for byte
};

class Oracle {
 public:
  Oracle(Found& found, Counted& counted) : found_(found), counted_(counted) {}

  /// What the writing process tells, in order.
  void hear(const Message& message);
  /// It tells nothing more: what was under way is settled by the next open.
  void life_over();
  /// Commands with a request id that got no answer yet; they are to be given again.
  [[nodiscard]] std::vector<Message> unanswered() const;

  /// Whether `ledger`, opened after the end of a life, is what it must be. Looks at the files of
  /// what has changed since the last time, and at `sample` others; all of them if that is none.
  void compare(const Ledger& ledger, std::mt19937_64& random, std::optional<std::size_t> sample);

 private:
  struct Attempt {
    Message told;  // said: intends, acknowledged or refused
    bool folded = false;
  };
  struct Mark {
    std::uint64_t size = 0;
    Digest root;
  };

  void hear_answer(const Message& message);
  void compare_marks(const Ledger& ledger, Position size);
  void fold_new(const Ledger& ledger, Position size);
  // One command's events, from `at` on; how many they are, 0 where they are not what they must be.
  std::size_t fold(const Ledger& ledger, const std::vector<Event>& events, std::size_t at);
  bool decide(const Ledger& ledger, const Message& told, const std::vector<Event>& events,
              std::size_t at);
  bool decide_one(const Command& command, const Context& context, const Event& hint,
                  const Outcome* answered);
  void settle_draft(const Ledger& ledger, std::uint64_t id);
  void apply_edit(const Order& order);
  void settle_attempts();
  void settle_acknowledged(const Message& told);
  void compare_files(const Ledger& ledger, DeploymentId id);
  [[nodiscard]] std::set<std::uint64_t> choose(std::mt19937_64& random,
                                               std::optional<std::size_t> sample);
  void wrong(const std::string& what);

  Found& found_;
  Counted& counted_;
  Model model_;
  Drafts drafts_;
  std::map<Ticket, Attempt> attempts_;             // since the last open here
  std::map<std::uint64_t, Message> unanswered_;    // by request
  std::map<std::string, std::uint64_t> requests_;  // in the log: position
  std::vector<Mark> marks_;                        // that were shown
  std::set<std::uint64_t> touched_;                // deployments
  Ticket last_life_ = 0;                           // of the events so far
};

}  // namespace purser::faults
