// What a ledger can prove of itself to a stranger, and what it signs.
//
// Every event is an entry of a Merkle tree (RFC 6962); the root over all events commits to each of
// them. A checkpoint is a root that was signed: size and root of the log at that moment, under the
// origin `purser/<ledger id>/<epoch>`. A key speaks for one epoch. What was signed is remembered in
// the ledger and beside the key, and nothing is ever signed that is smaller than it or does not
// begin with it; so a ledger that went back to an older copy signs again only under a new epoch,
// with a new key. docs/audit.md tells what an auditor does with all this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purser/types.h"

namespace purser {

/// A signed checkpoint. `note` is its text form (c2sp.org/tlog-checkpoint), with the cosignatures
/// of witnesses that were added.
struct SignedCheckpoint {
  std::uint32_t epoch = 0;
  Position size;
  Digest root;
  Timestamp time;  ///< when it was signed
  std::string note;
};

/// What `Ledger::add_cosignatures` did with the lines given.
struct CosignatureReport {
  std::vector<std::string> added;  ///< names of the witnesses
  std::uint64_t unknown = 0;       ///< lines of others, which are left out
};

/// What `Ledger::write_tiles` has written.
struct TilesReport {
  Position size;  ///< of the log that the folder holds now
  std::uint64_t new_tiles = 0;
  std::uint64_t new_bundles = 0;
  std::uint64_t new_bytes = 0;  ///< in both
};

}  // namespace purser
