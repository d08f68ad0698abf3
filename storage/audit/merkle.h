// The Merkle tree over a list of entries, as RFC 6962 section 2.1 defines it: hashes, the tree as
// it grows, proofs, and checking them. Nothing here knows where entries or hashes are kept.
//
// A leaf is SHA-256(0x00, entry), a node SHA-256(0x01, left, right), the tree of no entries
// SHA-256(""). A tree of n entries is split at the largest power of two below n. Entries are
// numbered from 0 here; the event at position p of a ledger is entry p - 1.
//
// Free functions are safe from any thread. Checking costs one hash for each hash of the proof, and
// a proof of more hashes than a tree of 2^64 entries has levels is refused before any is made.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "purser/status.h"
#include "purser/types.h"

namespace purser {

[[nodiscard]] Digest merkle_leaf(std::string_view entry);
[[nodiscard]] Digest merkle_node(const Digest& left, const Digest& right);

/// A tree that grows at its end, as the roots of the perfect subtrees that it is made of: one for
/// each bit that is set in its size, the largest first. A plain value.
class CompactRange {
 public:
  CompactRange() = default;
  CompactRange(std::uint64_t size, std::vector<Digest> peaks)
      : size_(size), peaks_(std::move(peaks)) {}

  /// Adds a leaf. `completed` gets the root of every perfect subtree that ends with it, from level
  /// 0, which is the leaf, upwards.
  template <class Completed>
  void append(const Digest& leaf, Completed completed) {
    Digest root = leaf;
    completed(0u, root);
    unsigned level = 0;
    for (std::uint64_t rest = size_; rest % 2 == 1; rest /= 2) {
      root = merkle_node(peaks_.back(), root);
      peaks_.pop_back();
      completed(++level, root);
    }
    peaks_.push_back(root);
    ++size_;
  }
  void append(const Digest& leaf) {
    append(leaf, [](unsigned, const Digest&) {});
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

/// Gives the root of the perfect subtree number `index` of 2^`level` leaves.
using SubtreeReader = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

/// The compact range of the first `size` entries. Errors: those of `subtree`, here and below.
Result<CompactRange> read_compact_range(std::uint64_t size, const SubtreeReader& subtree);

/// That entry `index` is in the tree of `size` entries; `index` is below `size`. Its sibling first.
Result<std::vector<Digest>> prove_inclusion(std::uint64_t index, std::uint64_t size,
                                            const SubtreeReader& subtree);

/// That the tree of `newer` entries begins with that of `older`, which is at most `newer`. Empty
/// where they are equal or `older` is 0.
Result<std::vector<Digest>> prove_consistency(std::uint64_t older, std::uint64_t newer,
                                              const SubtreeReader& subtree);

/// Whether `proof` leads from `leaf` to `root`. Errors: Corruption{inclusion proof} if not.
Status check_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                       std::span<const Digest> proof, const Digest& root);

/// Whether `proof` leads from `older_root` to `newer_root`. Nothing but the empty proof speaks for
/// a tree of size 0. Errors: Corruption{consistency proof} if not.
Status check_consistency(std::uint64_t older, std::uint64_t newer, std::span<const Digest> proof,
                         const Digest& older_root, const Digest& newer_root);

}  // namespace purser
