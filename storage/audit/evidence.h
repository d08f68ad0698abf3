// What a ledger hands to a stranger, as files: checkpoints, proofs that an event is in the log, and
// proofs that the log has only grown. Making them, reading them, and checking them. Plain values.
//
//   checkpoint         c2sp.org/tlog-checkpoint
//   event proof        c2sp.org/tlog-proof
//   consistency proof  the body of add-checkpoint in c2sp.org/tlog-witness, so that what convinces
//                      a witness is also what an auditor keeps
//
// A file has at most 1 MiB, and a proof 63 hashes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/note.h"

namespace purser {

struct SignedTree {
  Note note;
  Checkpoint checkpoint;
};
struct EventProof {
  std::uint64_t index = 0;  ///< position - 1
  std::vector<Digest> proof;
  SignedTree tree;

  [[nodiscard]] std::string str() const;
};
struct ConsistencyProof {
  std::uint64_t older = 0;
  std::vector<Digest> proof;
  SignedTree tree;

  [[nodiscard]] std::string str() const;
};
using Evidence = std::variant<SignedTree, EventProof, ConsistencyProof>;

/// Errors: InvalidArgument, LimitExceeded.
Result<SignedTree> parse_signed_tree(std::string_view bytes);
/// Tells by its first line which it is. Errors: InvalidArgument, LimitExceeded.
Result<Evidence> parse_evidence(std::string_view bytes);

/// The checkpoint is signed by `key`, and its origin is the name of that key.
/// Errors: NotFound (no such signature), Corruption.
Status check_tree(const SignedTree& tree, const NoteKey& key);
/// The stored bytes `event` are in the log of the checkpoint. Errors: as above.
Status check_event(const EventProof& proof, const NoteKey& key, std::string_view event);
/// The log of the checkpoint begins with that of `older`, which is signed as well. Errors: as
/// above; InvalidArgument where `older` has another size than the proof speaks of.
Status check_growth(const ConsistencyProof& proof, const NoteKey& key, const SignedTree& older);

}  // namespace purser
