#include "audit/evidence.h"

#include <fmt/format.h>

#include "audit/base64.h"
#include "audit/lines.h"
#include "audit/merkle.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::string_view kEventProof = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kOld = "old ";
constexpr std::string_view kIndex = "index ";
constexpr std::string_view kExtra = "extra ";
constexpr std::size_t kFileBytesMax = 1u << 20;
constexpr std::size_t kHashesMax = 63;

Error malformed(const char* what, const char* why) { return InvalidArgument{what, why}; }

// Lines of hashes up to an empty one.
Result<std::vector<Digest>> take_hashes(const char* what, std::string_view& rest) {
  std::vector<Digest> hashes;
  while (true) {
    if (rest.empty()) return malformed(what, "no empty line is before its checkpoint");
    const std::string_view line = take_line(rest);
    if (line.empty()) return hashes;
    if (hashes.size() == kHashesMax) return LimitExceeded{what, kHashesMax, kHashesMax + 1};
    const auto hash = digest_from_base64(line);
    if (!hash) return malformed(what, "a line is not a hash in base64");
    hashes.push_back(*hash);
  }
}

std::string lines_of(const std::vector<Digest>& hashes) {
  std::string lines;
  for (const Digest& hash : hashes) lines += to_base64(hash) + "\n";
  return lines;
}

Result<Evidence> parse_event_proof(std::string_view rest) {
  constexpr const char* kWhat = "event proof";
  EventProof proof;
  std::string_view line = take_line(rest);
  if (line.starts_with(kExtra)) {  // nobody vouches for it, and it is not needed
    if (!from_base64(line.substr(kExtra.size()))) return malformed(kWhat, "extra is not base64");
    line = take_line(rest);
  }
  if (!line.starts_with(kIndex)) return malformed(kWhat, "no line \"index N\"");
  const auto index = parse_plain_number(line.substr(kIndex.size()));
  if (!index) return malformed(kWhat, "the index is not a number");
  proof.index = *index;
  PURSER_ASSIGN(proof.proof, take_hashes(kWhat, rest));
  PURSER_ASSIGN(proof.tree, parse_signed_tree(rest));
  return Evidence(std::move(proof));
}

Result<Evidence> parse_consistency_proof(std::string_view rest) {
  constexpr const char* kWhat = "consistency proof";
  ConsistencyProof proof;
  const auto older = parse_plain_number(take_line(rest).substr(kOld.size()));
  if (!older) return malformed(kWhat, "the old size is not a number");
  proof.older = *older;
  PURSER_ASSIGN(proof.proof, take_hashes(kWhat, rest));
  PURSER_ASSIGN(proof.tree, parse_signed_tree(rest));
  return Evidence(std::move(proof));
}

}  // namespace

std::string EventProof::str() const {
  return fmt::format("{}{}{}\n{}\n{}", kEventProof, kIndex, index, lines_of(proof),
                     tree.note.str());
}

std::string ConsistencyProof::str() const {
  return fmt::format("{}{}\n{}\n{}", kOld, older, lines_of(proof), tree.note.str());
}

Result<SignedTree> parse_signed_tree(std::string_view bytes) {
  SignedTree tree;
  PURSER_ASSIGN(tree.note, parse_note(bytes));
  PURSER_ASSIGN(tree.checkpoint, parse_checkpoint(tree.note.text));
  return tree;
}

Result<Evidence> parse_evidence(std::string_view bytes) {
  if (bytes.size() > kFileBytesMax) return LimitExceeded{"file", kFileBytesMax, bytes.size()};
  if (bytes.starts_with(kEventProof)) return parse_event_proof(bytes.substr(kEventProof.size()));
  if (bytes.starts_with(kOld)) return parse_consistency_proof(bytes);
  PURSER_ASSIGN(SignedTree tree, parse_signed_tree(bytes));
  return Evidence(std::move(tree));
}

Status check_tree(const SignedTree& tree, const NoteKey& key) {
  PURSER_TRY(check_signed(tree.note, key));
  if (tree.checkpoint.origin == key.name) return {};
  return Corruption{"checkpoint", "its origin is not the name of the key that signed it"};
}

Status check_event(const EventProof& proof, const NoteKey& key, std::string_view event) {
  PURSER_TRY(check_tree(proof.tree, key));
  const Checkpoint& checkpoint = proof.tree.checkpoint;
  return check_inclusion(merkle_leaf(event), proof.index, checkpoint.size, proof.proof,
                         checkpoint.root);
}

Status check_growth(const ConsistencyProof& proof, const NoteKey& key, const SignedTree& older) {
  PURSER_TRY(check_tree(proof.tree, key));
  PURSER_TRY(check_tree(older, key));
  if (older.checkpoint.size != proof.older) {
    return InvalidArgument{"older checkpoint",
                           fmt::format("it is of size {}, and the proof begins at {}",
                                       older.checkpoint.size, proof.older)};
  }
  return check_consistency(proof.older, proof.tree.checkpoint.size, proof.proof,
                           older.checkpoint.root, proof.tree.checkpoint.root);
}

}  // namespace purser
