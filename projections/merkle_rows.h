// Projection `merkle`: the Merkle tree over the stored events (storage/audit/merkle.h), as rows.
//
// A row holds the root of one perfect subtree of 16 leaves, of 256, of 4,096, and so on: of every
// fourth level of the tree, and those of one level lie together. What is in between is hashed from
// at most 16 rows beside each other, and what is below 16 leaves from events. So the root of every
// size that the log ever had, and every proof, comes from one or two places for each of these
// levels, and a row is written only with the commit that completes it. docs/adr/0021 weighs this
// against other ways.
//
// The fold of this projection takes bytes, which an event has only once its whole command is
// decided: `GrowingTree` is fed by the commit and by rebuilds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "audit/merkle.h"
#include "projection.h"

namespace purser {

/// The tree as the log grows. One thread at a time.
class GrowingTree {
 public:
  explicit GrowingTree(CompactRange range = {}) : range_(std::move(range)) {}

  /// Adds the leaf of the next event, and to `changes` the rows of the subtrees that end with it.
  void append(const Digest& leaf, std::uint32_t build, WriteSet& changes);

  [[nodiscard]] const CompactRange& range() const { return range_; }
  [[nodiscard]] Position size() const { return Position{range_.size()}; }
  [[nodiscard]] Digest root() const { return range_.root(); }

 private:
  CompactRange range_;
};

/// The following read rows of `view` and, where those say nothing, its events. Sizes are up to
/// `view.at`. Errors: UnsupportedVersion where no build was ever made; Corruption, Io.
Result<CompactRange> compact_range(const View& view, Position size);
Result<Digest> tree_root(const View& view, Position size);
Result<std::vector<Digest>> inclusion_proof(const View& view, Position event, Position size);
Result<std::vector<Digest>> consistency_proof(const View& view, Position older, Position newer);

/// Levels of which rows speak, and 0, are multiples of this.
inline constexpr unsigned kMerkleLevelStep = 4;

/// The roots of `count` perfect subtrees of 2^`level` leaves beside each other, from number `first`
/// on, at least one; `level` is a multiple of kMerkleLevelStep, and all end within `view.at`.
Result<std::vector<Digest>> subtree_roots(const View& view, unsigned level, std::uint64_t first,
                                          std::uint64_t count);

/// The root as the events themselves have it, whatever the rows say: reads and hashes the events
/// behind `from`, each of which must be whole. Errors: Corruption, Io.
Result<Digest> root_from_events(const RowReader& rows, CompactRange from, Position size);

}  // namespace purser
