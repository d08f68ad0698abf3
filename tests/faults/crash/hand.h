// Gives orders to a ledger, and tells before and after each what it is about to do and what was
// answered.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "message.h"

namespace purser::faults {

using Tell = std::function<void(const Message&)>;

class Hand {
 public:
  /// Tickets and request ids begin at `first`. With `early` an answer is told before it is there: a
  /// mistake that must be found.
  Hand(Ledger& ledger, std::string trees, Ticket first, Tell tell, bool early = false)
      : ledger_(ledger),
        trees_(std::move(trees)),
        next_(first),
        tell_(std::move(tell)),
        early_(early) {}

  /// `intent` has orders, and a request id if it is a retry of that; with `remembered` and none it
  /// gets one of its own. Returns what was told last.
  Message give(Message intent, bool remembered);

  void say(Said said, std::string_view text = {}) const;
  void say_log(Said said, Position size, const Digest& root) const;

 private:
  Message perform(const Message& intent);
  [[nodiscard]] Status edit(const Order& order);
  [[nodiscard]] Result<std::vector<DeploymentId>> loop(const Message& intent);
  [[nodiscard]] Result<std::vector<Answer>> command(const Message& intent);

  Ledger& ledger_;
  const std::string trees_;
  Ticket next_;
  const Tell tell_;
  const bool early_;
};

}  // namespace purser::faults
