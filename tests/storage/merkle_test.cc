#include "audit/merkle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "hash.h"
#include "storage/results.h"

namespace purser::merkle_test {
namespace {

using Entries = std::vector<std::string>;

// RFC 6962, section 2.1, word for word.
Digest naive_root(const Entries& entries, std::size_t begin, std::size_t end) {
  if (begin == end) return sha256({});
  if (end - begin == 1) return sha256(std::string(1, '\0') + entries[begin]);
  std::size_t k = 1;
  while (2 * k < end - begin) k *= 2;
  std::string node = "\1";
  for (const Digest& half :
       {naive_root(entries, begin, begin + k), naive_root(entries, begin + k, end)}) {
    node.append(half.bytes.begin(), half.bytes.end());
  }
  return sha256(node);
}

Digest root_of(const Entries& entries, std::size_t size) { return naive_root(entries, 0, size); }

Entries numbered(std::size_t count) {
  Entries entries;
  for (std::size_t i = 0; i < count; ++i) entries.push_back("entry " + std::to_string(i));
  return entries;
}

SubtreeReader subtrees_of(const Entries& entries) {
  return [&entries](unsigned level, std::uint64_t index) -> Result<Digest> {
    return naive_root(entries, index << level, (index + 1) << level);
  };
}

// The tree of RFC 6962's reference implementation.
const Entries& reference() {
  static const Entries kEntries{"",
                                std::string(1, '\0'),
                                "\x10",
                                "\x20\x21",
                                "\x30\x31",
                                "\x40\x41\x42\x43",
                                "\x50\x51\x52\x53\x54\x55\x56\x57",
                                "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  return kEntries;
}

TEST(Merkle, TheReferenceTreeHasItsKnownRoot) {
  CompactRange range;
  EXPECT_EQ(to_hex(range.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (const std::string& entry : reference()) range.append(merkle_leaf(entry));
  EXPECT_EQ(to_hex(range.root()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(Merkle, AGrowingTreeHasTheRootOfTheDefinitionAtEverySize) {
  const Entries entries = numbered(70);
  CompactRange range;
  for (std::size_t size = 0; size <= entries.size(); ++size) {
    EXPECT_EQ(range.size(), size);
    EXPECT_EQ(range.root(), root_of(entries, size)) << size;
    EXPECT_EQ(read_compact_range(size, subtrees_of(entries)).value().root(), range.root());
    if (size < entries.size()) range.append(merkle_leaf(entries[size]));
  }
}

TEST(Merkle, AGrowingTreeTellsEverySubtreeThatALeafCompletes) {
  const Entries entries = numbered(70);
  CompactRange range;
  for (std::size_t size = 1; size <= entries.size(); ++size) {
    unsigned levels = 0;
    range.append(merkle_leaf(entries[size - 1]), [&](unsigned level, const Digest& root) {
      EXPECT_EQ(level, levels++);
      EXPECT_EQ(root, naive_root(entries, size - (std::size_t{1} << level), size));
    });
    EXPECT_EQ(levels, std::countr_zero(size) + 1u);
  }
}

// Every entry of every size to 70, and every pair of sizes; and every way to bend each proof.
class Proofs : public testing::Test {
 protected:
  const Entries entries = numbered(70);

  template <class Check>
  static void expect_bent_proofs_refused(const std::vector<Digest>& proof, Check check) {
    for (std::size_t i = 0; i < proof.size(); ++i) {
      std::vector<Digest> bent = proof;
      bent[i].bytes[i % 32] ^= 1;
      EXPECT_FALSE(check(bent)) << "hash " << i << " changed";
      bent = proof;
      bent.erase(bent.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(check(bent)) << "hash " << i << " left out";
      bent = proof;
      bent[i] = Digest();
      EXPECT_FALSE(check(bent)) << "an empty hash";
    }
    for (std::size_t i = 0; i <= proof.size(); ++i) {
      std::vector<Digest> bent = proof;
      bent.insert(bent.begin() + static_cast<std::ptrdiff_t>(i), sha256("extra"));
      EXPECT_FALSE(check(bent)) << "a hash put in at " << i;
    }
    if (proof.size() > 1) {
      std::vector<Digest> bent = proof;
      std::swap(bent.front(), bent.back());
      EXPECT_FALSE(check(bent)) << "two hashes exchanged";
    }
    EXPECT_FALSE(check(std::vector<Digest>(65)));
  }
};

TEST_F(Proofs, OfInclusionHoldForTheirEntryOnly) {
  for (std::size_t size = 1; size <= entries.size(); ++size) {
    const Digest root = root_of(entries, size);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = prove_inclusion(index, size, subtrees_of(entries)).value();
      const Digest leaf = merkle_leaf(entries[index]);
      EXPECT_TRUE(ok(check_inclusion(leaf, index, size, proof, root))) << index << " in " << size;
      EXPECT_LE(proof.size(), 7u);
      EXPECT_FALSE(check_inclusion(leaf, index ^ 1, size, proof, root)) << "the wrong side";
      EXPECT_FALSE(check_inclusion(leaf, size, size, proof, root));
      EXPECT_FALSE(check_inclusion(merkle_leaf("other"), index, size, proof, root));
    }
  }
}

TEST_F(Proofs, OfInclusionThatAreBentAreRefused) {
  for (const std::size_t size : {1u, 2u, 7u, 8u, 33u, 70u}) {
    for (std::size_t index = 0; index < size; ++index) {
      expect_bent_proofs_refused(prove_inclusion(index, size, subtrees_of(entries)).value(),
                                 [&](const auto& proof) {
                                   return check_inclusion(merkle_leaf(entries[index]), index, size,
                                                          proof, root_of(entries, size))
                                       .has_value();
                                 });
    }
  }
}

TEST_F(Proofs, OfInclusionAreRefusedForAnEmptyTree) {
  EXPECT_FALSE(check_inclusion(merkle_leaf(""), 0, 0, {}, merkle_leaf("")));
  EXPECT_FALSE(check_inclusion(merkle_leaf(""), 0, 0, {}, sha256({})));
}

// Somebody may claim any root for it: here the one that 64 hashes lead to.
TEST_F(Proofs, OfInclusionThatFillATreeOfAllNumbersAreRefusedForAnEmptyTree) {
  const std::vector<Digest> proof(64);
  Digest root = merkle_leaf("");
  for (const Digest& sibling : proof) root = merkle_node(root, sibling);
  EXPECT_TRUE(ok(check_inclusion(merkle_leaf(""), 0, ~std::uint64_t{0}, proof, root)));
  EXPECT_FALSE(check_inclusion(merkle_leaf(""), 0, 0, proof, root));
}

// A proof of one tree, and the size of another that begins with it: it ends below the root.
TEST_F(Proofs, ThatEndTooSoonAreRefusedThoughTheyGiveTheRootThatIsClaimed) {
  for (const std::size_t size : {1u, 2u, 4u, 8u}) {
    const Digest root = root_of(entries, size);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = prove_inclusion(index, size, subtrees_of(entries)).value();
      EXPECT_FALSE(check_inclusion(merkle_leaf(entries[index]), index, 2 * size, proof, root));
    }
    for (std::size_t older = 1; older < size; ++older) {
      const auto proof = prove_consistency(older, size, subtrees_of(entries)).value();
      EXPECT_FALSE(check_consistency(older, 2 * size, proof, root_of(entries, older), root));
    }
  }
}

TEST_F(Proofs, OfConsistencyAreRefusedWhereTheOlderTreeIsTheLargerOne) {
  const Digest root = root_of(entries, 1);
  EXPECT_FALSE(check_consistency(3, 1, std::vector<Digest>{root}, root, root));
  EXPECT_FALSE(check_consistency(2, 1, {}, root, root));
}

TEST_F(Proofs, OfConsistencyHoldForEveryPairOfSizes) {
  for (std::size_t newer = 0; newer <= entries.size(); ++newer) {
    const Digest newer_root = root_of(entries, newer);
    for (std::size_t older = 0; older <= newer; ++older) {
      const Digest older_root = root_of(entries, older);
      const auto proof = prove_consistency(older, newer, subtrees_of(entries)).value();
      EXPECT_TRUE(ok(check_consistency(older, newer, proof, older_root, newer_root)))
          << older << " to " << newer;
      const Digest other = merkle_leaf("other");
      EXPECT_FALSE(check_consistency(older, newer, proof, other, newer_root));
      if (older > 0) {
        EXPECT_FALSE(check_consistency(older, newer, proof, older_root, other));
      }
      if (older < newer) {
        EXPECT_FALSE(check_consistency(newer, older, proof, newer_root, older_root));
      }
    }
  }
}

TEST_F(Proofs, OfConsistencyThatAreBentAreRefused) {
  for (const std::size_t newer : {1u, 2u, 7u, 8u, 33u, 64u, 70u}) {
    for (std::size_t older = 0; older <= newer; ++older) {
      expect_bent_proofs_refused(
          prove_consistency(older, newer, subtrees_of(entries)).value(), [&](const auto& proof) {
            return check_consistency(older, newer, proof, root_of(entries, older),
                                     root_of(entries, newer))
                .has_value();
          });
    }
  }
}

TEST_F(Proofs, OfHugeTreesAreRefusedWithoutWork) {
  const std::vector<Digest> proof(64);
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  EXPECT_FALSE(check_inclusion(Digest(), kMost - 1, kMost, proof, Digest()));
  EXPECT_FALSE(check_consistency(kMost - 1, kMost, proof, Digest(), Digest()));
}

}  // namespace
}  // namespace purser::merkle_test
