// What the writing process tells the one that kills it, through a pipe.
//
// Each message is one write of less than PIPE_BUF bytes: it is there as a whole or not at all,
// whenever the writer dies.
#pragma once

#include <array>
#include <climits>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "orders.h"
#include "purser/types.h"

namespace purser::faults {

enum class Said : std::uint8_t {
  // Where the process is: what a kill may wait for.
  making,
  opening,
  opened,  ///< with `size` and `root`
  rebuilding,
  collecting,
  repacking,
  pruning,
  signing,
  verifying,
  closing,
  closed,
  // What it does.
  made,          ///< a ledger
  intends,       ///< `orders`, `request`
  acknowledged,  ///< `outcomes`, or `ids` of a loop
  refused,       ///< it has not happened and never will
  seen,          ///< `size` and `root` of the log
  signed_it,     ///< `size` and `root` of a checkpoint
  wrong,         ///< `text`: an answer that there must not be
};

/// Names one attempt at one order, in all lives of a ledger.
using Ticket = std::uint64_t;

inline constexpr std::size_t kGroupMax = 4;
inline constexpr std::size_t kIdsMax = 64;

/// What was answered. Of ids, generations and positions 0 stands for none.
struct Outcome {
  std::uint64_t position = 0;
  bool unchanged = false;
  bool replayed = false;
  std::uint64_t id = 0;
  std::uint64_t generation = 0;
  std::uint64_t active = 0;
  std::uint64_t previous = 0;
  std::array<char, 40> identifier{};
  Digest digest;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct Message {
  Said said = Said::wrong;
  Ticket ticket = 0;
  std::uint64_t request = 0;  ///< 0: none
  std::uint32_t count = 0;    ///< of orders; more than one: a group
  std::array<Order, kGroupMax> orders{};
  std::array<Outcome, kGroupMax> outcomes{};
  std::uint32_t id_count = 0;
  std::array<std::uint64_t, kIdsMax> ids{};
  std::uint64_t size = 0;
  Digest root;
  std::array<char, 256> text{};

  [[nodiscard]] const Order& order() const { return orders.front(); }
  void put_text(std::string_view what) { what.copy(text.data(), text.size() - 1); }
};
static_assert(std::is_trivially_copyable_v<Message> && sizeof(Message) <= PIPE_BUF);

/// What an order's events bear, so that each is known to be of it.
inline std::string actor_of(Ticket ticket) { return "t" + std::to_string(ticket); }
inline std::optional<std::string> request_id_of(const Message& message) {
  if (message.request == 0) return std::nullopt;
  return "r" + std::to_string(message.request);
}
inline Context context_of(const Message& message) {
  return {actor_of(message.ticket), "for a reason", request_id_of(message), false};
}

}  // namespace purser::faults
