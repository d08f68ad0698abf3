// Merkle proofs: the one that was made convinces, and nothing else does.
#include "audit/merkle.h"

#include <map>
#include <utility>
#include <vector>

#include "faults/fuzz/harness.h"
#include "hash.h"

namespace purser::fuzz {
namespace {

constexpr std::uint32_t kSizeMax = 70;

std::string entry(std::uint64_t index) { return "entry " + std::to_string(index); }

// RFC 6962, section 2.1, to the letter; what was computed once is known.
Digest root_of(std::uint64_t begin, std::uint64_t end) {
  static std::map<std::pair<std::uint64_t, std::uint64_t>, Digest> known;
  const auto [found, is_new] = known.try_emplace({begin, end});
  if (!is_new) return found->second;
  Digest root;
  if (begin == end) {
    root = sha256({});
  } else if (end - begin == 1) {
    root = merkle_leaf(entry(begin));
  } else {
    std::uint64_t left = 1;
    while (left * 2 < end - begin) left *= 2;
    root = merkle_node(root_of(begin, begin + left), root_of(begin + left, end));
  }
  return found->second = root;
}

Result<Digest> subtree(unsigned level, std::uint64_t index) {
  return root_of(index << level, (index + 1) << level);
}

// Changes hashes as `input` says; whether anything is different now.
bool tamper(Input& input, std::vector<Digest>& proof) {
  const std::vector<Digest> before = proof;
  while (!input.at_end()) {
    const std::uint32_t at = input.below(static_cast<std::uint32_t>(proof.size()) + 1);
    switch (input.number<std::uint8_t>() % 5) {
      case 0:
        if (at < proof.size()) proof[at].bytes[input.below(32)] ^= input.number<std::uint8_t>();
        break;
      case 1:
        if (at < proof.size()) proof.erase(proof.begin() + at);
        break;
      case 2: proof.insert(proof.begin() + at, root_of(0, input.below(kSizeMax))); break;
      case 3:
        if (!proof.empty()) std::swap(proof[at % proof.size()], proof.front());
        break;
      case 4: proof.resize(proof.size() + input.below(80)); break;
    }
    if (proof.size() > 200) break;
  }
  return proof != before;
}

bool convinces(const Status& checked, std::size_t hashes, std::size_t hashes_made) {
  return checked.has_value() || (mutant("any-hash") && hashes == hashes_made);
}

void look_at_inclusion(Input& input) {
  const std::uint64_t size = 1 + input.below(kSizeMax);
  const std::uint64_t index = input.below(static_cast<std::uint32_t>(size));
  std::vector<Digest> proof = prove_inclusion(index, size, subtree).value();
  const std::size_t made = proof.size();
  const bool changed = tamper(input, proof);
  const Status checked =
      check_inclusion(merkle_leaf(entry(index)), index, size, proof, root_of(0, size));
  require(convinces(checked, proof.size(), made) == !changed, "only the proof of inclusion counts");
}

void look_at_consistency(Input& input) {
  const std::uint64_t newer = input.below(kSizeMax);
  const std::uint64_t older = input.below(static_cast<std::uint32_t>(newer) + 1);
  std::vector<Digest> proof = prove_consistency(older, newer, subtree).value();
  const std::size_t made = proof.size();
  const bool changed = tamper(input, proof);
  const Status checked =
      check_consistency(older, newer, proof, root_of(0, older), root_of(0, newer));
  require(convinces(checked, proof.size(), made) == !changed,
          "only the proof of consistency counts");
}

// Numbers and hashes that nobody has chosen with care: an answer, and no more hashes than levels.
void look_at_anything(Input& input) {
  const auto first = input.number<std::uint64_t>();
  const auto second = input.number<std::uint64_t>();
  const Digest claimed = sha256(input.text(8));
  std::vector<Digest> proof;
  while (!input.at_end() && proof.size() < 200) proof.push_back(sha256(input.text(1)));
  const Digest root = sha256("a root that is longer than what is claimed");
  require(!check_inclusion(claimed, first, second, proof, root), "nothing is included by chance");
  const bool of_nothing = first == 0 && proof.empty();  // any log begins with nothing
  require(of_nothing || !check_consistency(first, second, proof, claimed, root),
          "nothing is consistent by chance");
}

}  // namespace

void look(std::string_view bytes) {
  Input input(bytes);
  switch (input.number<std::uint8_t>() % 3) {
    case 0: look_at_inclusion(input); break;
    case 1: look_at_consistency(input); break;
    case 2: look_at_anything(input); break;
  }
}

}  // namespace purser::fuzz
