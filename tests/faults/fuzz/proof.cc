// Files of proofs: what is read is what would be written, and what convinces is true.
#include "audit/evidence.h"
#include "faults/fuzz/audit_samples.h"
#include "faults/fuzz/harness.h"

namespace purser::fuzz {
namespace {

std::string str(const SignedTree& tree) { return tree.note.str(); }
std::string str(const EventProof& proof) { return proof.str(); }
std::string str(const ConsistencyProof& proof) { return proof.str(); }

std::size_t hashes_of(const SignedTree&) { return 0; }
template <class Proof>
std::size_t hashes_of(const Proof& proof) {
  return proof.proof.size();
}

bool convinces(const EventProof& proof, const NoteKey& key, std::string_view event) {
  if (mutant("any-event")) return check_tree(proof.tree, key).has_value();
  return check_event(proof, key, event).has_value();
}

void check(const SignedTree& tree, const NoteKey& key) {
  if (!check_tree(tree, key)) return;
  require(tree.checkpoint.size == kOlderSize || tree.checkpoint.size == kNewerSize,
          "only what was signed is signed");
}
// Which event a proof speaks of nobody says but the proof: so all are tried.
void check(const EventProof& proof, const NoteKey& key) {
  for (std::uint64_t i = 0; i < 2; ++i) {
    if (convinces(proof, key, sample_entry(i))) {
      require(proof.index == i, "an event is where its proof says");
    }
  }
  require(!convinces(proof, key, "no entry"), "what is not in the log has no proof");
}
void check(const ConsistencyProof& proof, const NoteKey& key) {
  static const SignedTree older = sample_tree(kOlderSize);
  if (!check_growth(proof, key, older)) return;
  require(proof.older == kOlderSize, "a proof speaks of the log that it was checked with");
}

}  // namespace

void look(std::string_view bytes) {
  static const NoteKey key = sample_signer().key();
  const auto evidence = decoded(bytes, [](std::string_view text) { return parse_evidence(text); });
  if (!evidence) return;
  std::visit(
      [&](const auto& read) {
        require(hashes_of(read) <= 63, "a proof has no more hashes than it may");
        const std::string again = str(read);
        const bool extra = bytes.find("\nextra ") != std::string_view::npos;  // is not kept
        require(extra || again == bytes, "a file of a proof has one text");
        const auto twice = parse_evidence(again);
        require(twice && twice->index() == evidence->index(), "what is written can be read");
        check(read, key);
      },
      *evidence);
}

}  // namespace purser::fuzz
