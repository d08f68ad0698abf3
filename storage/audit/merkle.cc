#include "audit/merkle.h"

#include <array>
#include <bit>
#include <cstring>

#include "check.h"
#include "hash.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kLevelsMax = 64;

Error refuted(const char* proof, const char* why) { return Corruption{proof, why}; }

Digest empty_root() { return sha256({}); }

// Where the tree over entries [begin, end) is split; there are at least two.
std::uint64_t split(std::uint64_t begin, std::uint64_t end) {
  return begin + std::bit_floor(end - begin - 1);
}

// The hash of the tree over entries [begin, end), which is made of perfect subtrees.
Result<Digest> range_root(std::uint64_t begin, std::uint64_t end, const SubtreeReader& subtree) {
  const std::uint64_t size = end - begin;
  if (std::has_single_bit(size)) {
    const auto level = static_cast<unsigned>(std::countr_zero(size));
    return subtree(level, begin >> level);
  }
  const std::uint64_t middle = split(begin, end);
  PURSER_ASSIGN(const Digest left, range_root(begin, middle, subtree));
  PURSER_ASSIGN(const Digest right, range_root(middle, end, subtree));
  return merkle_node(left, right);
}

// The roots of `ranges`, the last one first: proofs are found from the root down, and told from the
// leaf up.
struct EntryRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
Result<std::vector<Digest>> roots_upwards(const std::vector<EntryRange>& ranges,
                                          const SubtreeReader& subtree) {
  std::vector<Digest> roots;
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
    PURSER_ASSIGN(const Digest root, range_root(range->begin, range->end, subtree));
    roots.push_back(root);
  }
  return roots;
}

}  // namespace

Digest merkle_leaf(std::string_view entry) {
  thread_local Sha256 hasher;
  hasher.update(std::string_view("\0", 1));
  hasher.update(entry);
  return hasher.finish();
}

Digest merkle_node(const Digest& left, const Digest& right) {
  std::array<char, 1 + 2 * sizeof(Digest)> bytes{'\1'};
  std::memcpy(bytes.data() + 1, left.bytes.data(), sizeof left);
  std::memcpy(bytes.data() + 1 + sizeof left, right.bytes.data(), sizeof right);
  return sha256({bytes.data(), bytes.size()});
}

Digest CompactRange::root() const {
  if (peaks_.empty()) return empty_root();
  Digest root = peaks_.back();
  for (auto peak = peaks_.rbegin() + 1; peak != peaks_.rend(); ++peak) {
    root = merkle_node(*peak, root);
  }
  return root;
}

Result<CompactRange> read_compact_range(std::uint64_t size, const SubtreeReader& subtree) {
  std::vector<Digest> peaks;
  for (std::uint64_t begin = 0; begin < size;) {
    const std::uint64_t leaves = std::bit_floor(size - begin);
    PURSER_ASSIGN(const Digest peak, range_root(begin, begin + leaves, subtree));
    peaks.push_back(peak);
    begin += leaves;
  }
  return CompactRange(size, std::move(peaks));
}

Result<std::vector<Digest>> prove_inclusion(std::uint64_t index, std::uint64_t size,
                                            const SubtreeReader& subtree) {
  PURSER_CHECK(index < size, "no such entry");
  std::vector<EntryRange> siblings;
  for (EntryRange tree{0, size}; tree.end - tree.begin > 1;) {
    const std::uint64_t middle = split(tree.begin, tree.end);
    const bool left = index < middle;
    siblings.push_back(left ? EntryRange{middle, tree.end} : EntryRange{tree.begin, middle});
    (left ? tree.end : tree.begin) = middle;
  }
  return roots_upwards(siblings, subtree);
}

Result<std::vector<Digest>> prove_consistency(std::uint64_t older, std::uint64_t newer,
                                              const SubtreeReader& subtree) {
  PURSER_CHECK(older <= newer, "the older tree is the larger one");
  if (older == 0 || older == newer) return std::vector<Digest>();
  std::vector<EntryRange> siblings;
  EntryRange tree{0, newer};
  while (tree.end != older) {
    const std::uint64_t middle = split(tree.begin, tree.end);
    const bool left = older <= middle;
    siblings.push_back(left ? EntryRange{middle, tree.end} : EntryRange{tree.begin, middle});
    (left ? tree.end : tree.begin) = middle;
  }
  if (tree.begin != 0) siblings.push_back(tree);  // otherwise it is the older root, known already
  return roots_upwards(siblings, subtree);
}

// RFC 9162, section 2.1.3.2.
Status check_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                       std::span<const Digest> proof, const Digest& root) {
  constexpr const char* kProof = "inclusion proof";
  if (index >= size) return refuted(kProof, "the tree has no entry of that index");
  if (proof.size() > kLevelsMax) return refuted(kProof, "it has more hashes than any tree");
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return refuted(kProof, "it has too many hashes");
    if (node % 2 == 1 || node == last) {
      hash = merkle_node(sibling, hash);
      while (node % 2 == 0 && node != 0) {
        node /= 2;
        last /= 2;
      }
    } else {
      hash = merkle_node(hash, sibling);
    }
    node /= 2;
    last /= 2;
  }
  if (last != 0) return refuted(kProof, "it has too few hashes");
  if (hash != root) return refuted(kProof, "it leads to another root");
  return {};
}

// RFC 9162, section 2.1.4.2.
Status check_consistency(std::uint64_t older, std::uint64_t newer, std::span<const Digest> proof,
                         const Digest& older_root, const Digest& newer_root) {
  constexpr const char* kProof = "consistency proof";
  if (older > newer) return refuted(kProof, "the older tree is the larger one");
  if (older == 0 || older == newer) {
    if (!proof.empty()) return refuted(kProof, "it has too many hashes");
    if (older == 0 && older_root != empty_root())
      return refuted(kProof, "an empty tree has one root");
    if (older == newer && older_root != newer_root) return refuted(kProof, "the roots differ");
    return {};
  }
  if (proof.size() > kLevelsMax) return refuted(kProof, "it has more hashes than any tree");
  const bool begins_with_root = std::has_single_bit(older);
  if (proof.empty()) return refuted(kProof, "it has too few hashes");
  const Digest first = begins_with_root ? older_root : proof.front();
  if (!begins_with_root) proof = proof.subspan(1);
  std::uint64_t node = older - 1;
  std::uint64_t last = newer - 1;
  while (node % 2 == 1) {
    node /= 2;
    last /= 2;
  }
  Digest older_hash = first;
  Digest newer_hash = first;
  for (const Digest& sibling : proof) {
    if (last == 0) return refuted(kProof, "it has too many hashes");
    if (node % 2 == 1 || node == last) {
      older_hash = merkle_node(sibling, older_hash);
      newer_hash = merkle_node(sibling, newer_hash);
      while (node % 2 == 0 && node != 0) {
        node /= 2;
        last /= 2;
      }
    } else {
      newer_hash = merkle_node(newer_hash, sibling);
    }
    node /= 2;
    last /= 2;
  }
  if (last != 0) return refuted(kProof, "it has too few hashes");
  if (older_hash != older_root) return refuted(kProof, "it does not lead to the older root");
  if (newer_hash != newer_root) return refuted(kProof, "it does not lead to the newer root");
  return {};
}

}  // namespace purser
