// Heads in memory, for any number of readers beside the one thread that commits: what `active` and
// `pointer` answer from, and what spares the commit a seek.
//
// A cache of the newest rows and never more than that: what is not here is asked of the rows. It
// speaks as of a position that the reader has seen published. The commit puts what its group
// changed under the group's positions first and publishes the last of them afterwards, so that a
// group becomes visible as a whole; until then the state before it stays beside the new one.
// At most `entries_max` deployments, as many pointers and as many freezes are kept; which ones to
// drop is decided by the SIEVE rule (Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024).
//
// Threads: what is called `put` and `clear` by one thread at a time, all else by any. No call waits
// for longer than another one takes to look up an entry.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "heads.h"
#include "pointer_name.h"

namespace purser {

struct DeploymentIdHash {
  std::size_t operator()(DeploymentId id) const {
    return id.value * 0x9e3779b97f4a7c15;  // Fibonacci hashing: neighbours go to different shards
  }
};

/// The newest value under each of a bounded number of keys, with the one before it.
template <class Key, class KeyView, class Hash, class Value>
class HeadTable {
 public:
  explicit HeadTable(std::size_t entries_max)
      : shard_entries_max_((entries_max + kShards - 1) / kShards) {}

  /// The value as of `at`; nothing when this table does not know it.
  template <class Get>
  [[nodiscard]] auto find(const KeyView& key, Position at, Get get) const
      -> std::optional<decltype(get(std::declval<const Value&>()))> {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found == shard.index.end()) return std::nullopt;
    Entry& entry = *found->second;
    entry.visited = true;
    if (entry.current.since <= at) return get(entry.current.value);
    if (entry.before && entry.before->since <= at) return get(entry.before->value);
    return std::nullopt;
  }

  /// A new value, from position `since` on. What was visible up to `published` stays beside it.
  void put(const KeyView& key, Position since, Position published, Value value) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    shard.changed = std::max(shard.changed, since);
    const auto found = shard.index.find(key);
    if (found == shard.index.end()) return insert(shard, key, {since, std::move(value)});
    Entry& entry = *found->second;
    if (entry.current.since <= published) entry.before = std::move(entry.current);
    entry.current = {since, std::move(value)};
  }

  /// Keeps what was read from the rows as of `at`, unless it may have been overtaken since.
  void remember(const KeyView& key, Position since, Position at, Value value) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    if (shard.changed > at || shard.index.contains(key)) return;
    insert(shard, key, {since, std::move(value)});
  }

  /// Lets `change` work on the newest value, if it is the one from `since`.
  template <class Change>
  void amend(const KeyView& key, Position since, Change change) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found == shard.index.end() || found->second->current.since != since) return;
    change(found->second->current.value);
  }

  void clear() {
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      shard.index.clear();
      shard.entries.clear();
      shard.hand = shard.entries.end();
    }
  }

  [[nodiscard]] std::size_t size() const {
    std::size_t entries = 0;
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      entries += shard.entries.size();
    }
    return entries;
  }

 private:
  static constexpr std::size_t kShards = 16;

  struct Version {
    Position since;
    Value value;
  };
  struct Entry {
    Key key;
    Version current;
    std::optional<Version> before;
    bool visited = false;
  };
  using Entries = std::list<Entry>;  // newest first
  struct Shard {
    std::mutex mutex;
    Entries entries;
    std::unordered_map<KeyView, typename Entries::iterator, Hash> index;  // views of Entry::key
    typename Entries::iterator hand = entries.end();
    Position changed;  // the greatest that was put, kept or not
  };

  Shard& shard_of(const KeyView& key) const { return shards_[Hash()(key) >> 60]; }

  void insert(Shard& shard, const KeyView& key, Version version) {
    if (shard_entries_max_ == 0) return;
    if (shard.entries.size() >= shard_entries_max_) evict(shard);
    shard.entries.push_front({Key(key), std::move(version), std::nullopt, false});
    shard.index.emplace(KeyView(shard.entries.front().key), shard.entries.begin());
  }

  // Drops the oldest entry that nobody asked for since the hand last came by.
  void evict(Shard& shard) {
    while (true) {
      if (shard.hand == shard.entries.end()) shard.hand = std::prev(shard.entries.end());
      const auto at = shard.hand;
      shard.hand = at == shard.entries.begin() ? shard.entries.end() : std::prev(at);
      if (std::exchange(at->visited, false)) continue;
      shard.index.erase(KeyView(at->key));
      shard.entries.erase(at);
      return;
    }
  }

  const std::size_t shard_entries_max_;
  mutable std::array<Shard, kShards> shards_;
};

class MemoryHeads {
 public:
  explicit MemoryHeads(std::size_t entries_max)
      : deployments_(entries_max), pointers_(entries_max), freezes_(entries_max) {}

  /// As of `at`; nothing when that is not known here.
  [[nodiscard]] std::optional<SharedDeployment> deployment(DeploymentId id, Position at) const;
  [[nodiscard]] std::optional<PointerRow> pointer(const PointerName& name, Position at) const;

  /// How a channel is frozen by itself, or, under the empty name, all channels of an owner. That
  /// nothing is frozen is known as well, and needs no entry as long as nothing ever was.
  [[nodiscard]] std::optional<SharedFreeze> freeze(const PointerName& name, Position at) const;

  /// Where a rollback of a pointer would go, as of `at`; nothing when that is not known here.
  struct RollbackTarget {
    std::optional<DeploymentId> deployment;
  };
  [[nodiscard]] std::optional<RollbackTarget> rollback_target(const PointerName& name,
                                                              Position at) const;

  // --- The commit -------------------------------------------------------------------------------

  void put(SharedDeployment deployment, Position since, Position published);
  void put(const PointerName& name, const PointerRow& row, Position published);
  void put(const PointerName& name, SharedFreeze freeze, Position since, Position published);
  /// Before the first group: no event of the log froze anything.
  void put_nothing_frozen() { frozen_from_ = UINT64_MAX; }
  /// A deployment became usable for a rollback, or ceased to be, at `position`.
  void put_mark(Position position) { marked_ = position.value; }
  void clear();

  // --- What was read from the rows as of `at` ---------------------------------------------------

  void remember(SharedDeployment deployment, Position at);
  void remember(const PointerName& name, const PointerRow& row, Position at);
  void remember(const PointerName& name, const PointerRow& row, RollbackTarget target, Position at);
  void remember(const PointerName& name, SharedFreeze freeze, Position at);

  [[nodiscard]] std::size_t deployments() const { return deployments_.size(); }
  [[nodiscard]] std::size_t pointers() const { return pointers_.size(); }

 private:
  struct PointerHead {
    PointerRow row;
    RollbackTarget target;
    std::optional<Position> target_at;  // since when `target` is known
  };
  HeadTable<DeploymentId, DeploymentId, DeploymentIdHash, SharedDeployment> deployments_;
  HeadTable<OwnedPointerName, PointerName, PointerNameHash, PointerHead> pointers_;
  HeadTable<OwnedPointerName, PointerName, PointerNameHash, SharedFreeze> freezes_;
  std::atomic<std::uint64_t> frozen_from_ = 0;  // no event before this position froze anything
  std::atomic<std::uint64_t> marked_ = 0;       // the newest position given to put_mark
};

}  // namespace purser
