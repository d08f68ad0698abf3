// What the writing process is told to do, as plain numbers that go through a pipe as they are: both
// sides make the same command, and the same bytes of files, out of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "purser/ledger.h"

namespace purser::faults {

enum class Verb : std::uint8_t {
  // Edits of a draft.
  store,
  store_tree,
  remove,
  remove_all,
  // Commands.
  create,
  ready,
  external,
  fail,
  mark_bad,
  unmark_bad,
  pin,
  unpin,
  delete_artifact,
  promote,
  rollback,
  rollback_to,
  clear,
  freeze,
  unfreeze,
  // One commit for each deployment.
  prune,
  expire,
};
inline bool is_edit(Verb verb) { return verb <= Verb::remove_all; }
inline bool is_loop(Verb verb) { return verb >= Verb::prune; }

inline constexpr std::array kOwners{"a", "b", "c", "d"};
inline constexpr std::array kChannels{"live", "beta"};
inline constexpr std::array kPaths{"a", "index.html", "js/app.js", "js/lib/x.js", "d/e/f", "d/e2"};
inline constexpr std::uint32_t kTrees = 6;

struct Order {
  Verb verb = Verb::create;
  std::uint8_t owner = 0;
  std::uint8_t channel = 0;
  std::uint8_t path = 0;     ///< of an edit; which tree
  bool option = false;       ///< the one that the verb has: allow_bad, mark_bad, ...
  std::uint32_t number = 0;  ///< steps, what to keep, or bytes of a file
  std::uint64_t id = 0;
  std::uint64_t seed = 0;     ///< of the bytes of a file
  std::int64_t expect = -1;   ///< a generation; below 0: any
  std::int64_t older_us = 0;  ///< a moment
};

/// Of an order that is a command, not an edit nor a loop. The arguments of loops are below.
Command command_of(const Order& order);
PrunePolicy policy_of(const Order& order);
/// What a loop does to deployment `id`.
Command command_of_loop(const Order& order, DeploymentId id);

using Files = std::map<std::string, std::string>;  // bytes by path

/// What a file that is stored holds.
std::string bytes_of(std::uint64_t seed, std::uint32_t size);
/// What a folder that is stored holds.
Files files_of_tree(std::uint32_t tree);
/// Writes them all below `folder`, each to a folder named by its number.
void write_trees(const std::string& folder);

/// Does to `files` what an edit does to a draft; false: it would have been refused.
bool edit(Files& files, const Order& order);

}  // namespace purser::faults
