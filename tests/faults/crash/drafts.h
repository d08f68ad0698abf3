// What the files of deployments may be, after edits of which some were acknowledged and others cut
// off by a kill.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orders.h"

namespace purser::faults {

class Drafts {
 public:
  /// The next edit of a draft. One that is not `sure` has happened or has not.
  void add(const Order& edit, bool sure) { pending_[edit.id].push_back({edit, sure}); }

  /// Those that have edits which are not settled.
  [[nodiscard]] std::vector<std::uint64_t> pending() const;

  /// Those of one of them, in words.
  [[nodiscard]] std::string in_words(std::uint64_t id) const;

  /// Which edits have happened, given the files `before` them; nothing: no choice gives `is_it`.
  /// Forgets them.
  template <class IsIt>
  std::optional<std::vector<Order>> settle(std::uint64_t id, const Files& before, IsIt is_it);

 private:
  struct Pending {
    Order edit;
    bool sure = false;
  };
  std::map<std::uint64_t, std::vector<Pending>> pending_;
};

inline std::vector<std::uint64_t> Drafts::pending() const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, edits] : pending_) ids.push_back(id);
  return ids;
}

inline std::string Drafts::in_words(std::uint64_t id) const {
  static constexpr const char* kVerbs[] = {"store", "store_tree", "remove", "remove_all"};
  std::string words;
  const auto found = pending_.find(id);
  if (found == pending_.end()) return words;
  for (const Pending& one : found->second) {
    words += std::string(one.sure ? " " : " maybe ") +
             kVerbs[static_cast<std::size_t>(one.edit.verb)] + " " + std::to_string(one.edit.path) +
             " of " + std::to_string(one.edit.number);
  }
  return words;
}

template <class IsIt>
std::optional<std::vector<Order>> Drafts::settle(std::uint64_t id, const Files& before,
                                                 IsIt is_it) {
  const auto node = pending_.extract(id);
  if (node.empty()) return std::vector<Order>();
  std::size_t unsure = 0;
  for (const Pending& one : node.mapped()) unsure += one.sure ? 0 : 1;
  for (std::uint64_t choice = 0; choice >> unsure == 0; ++choice) {
    Files files = before;
    std::vector<Order> happened;
    bool possible = true;
    std::uint64_t left = choice;
    for (const Pending& one : node.mapped()) {
      const bool happens = one.sure || left % 2 == 1;
      if (!one.sure) left /= 2;
      if (!happens) continue;
      possible = possible && edit(files, one.edit);
      happened.push_back(one.edit);
    }
    if (possible && is_it(files)) return happened;
  }
  return std::nullopt;
}

}  // namespace purser::faults
