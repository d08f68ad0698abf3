// One thread of the writing process: draws orders and gives them, again and again.
//
// A draft is edited by one thread only, so that its edits have an order; all else is done to any
// deployment and any pointer by all of them at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <vector>

#include "hand.h"

namespace purser::faults {

/// What the threads of a process share.
struct Shared {
  Ledger& ledger;
  std::string key;  ///< that signs checkpoints; empty: none
  std::atomic<std::uint64_t> last_id{0};
  std::atomic<bool> stop{false};
};

class Worker {
 public:
  Worker(Shared& shared, Hand hand, std::uint64_t seed, std::vector<std::uint64_t> drafts)
      : shared_(shared), hand_(std::move(hand)), random_(seed), drafts_(std::move(drafts)) {}

  /// Gives these first, with the request ids that they had, then others until it is to stop.
  void work(const std::vector<Message>& retries);
  /// The same, with something long before every few of them.
  void work_on(Said focus);

 private:
  void step();
  void pause();
  void do_long(Said focus);
  void sign();
  void look();
  [[nodiscard]] Message draw();
  [[nodiscard]] Message draw_edit();
  [[nodiscard]] Message draw_loop();
  [[nodiscard]] Message draw_group();
  [[nodiscard]] Order draw_command();
  [[nodiscard]] Order draw_movement(Verb verb);
  void remember(const Message& answer);
  void fail_unless(bool right, std::string_view what);

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  Shared& shared_;
  Hand hand_;
  std::mt19937_64 random_;
  std::vector<std::uint64_t> drafts_;  // its own
  Message last_;                       // acknowledged with a request id; count 0: none
};

}  // namespace purser::faults
