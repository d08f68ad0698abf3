// What was signed, as rows beside the events: epochs, checkpoints, cosignatures of witnesses.
//
// They are not events, since signing must not change what is signed; and nothing derives them, so
// no rebuild touches them. Keys and values: docs/storage-format.md. Free functions over one
// RowReader; safe wherever that is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/evidence.h"
#include "purser/audit.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// An epoch begins with its key.
struct Epoch {
  std::uint32_t number = 0;
  Position position;  ///< of the log when it began
  Timestamp time;
  std::string actor;
  std::string reason;
  std::string verifier_key;
};

[[nodiscard]] std::string origin_of(const LedgerId& ledger, std::uint32_t epoch);

/// The last one up to this number; nothing where there is none. Errors: Corruption, Io.
Result<std::optional<Epoch>> last_epoch(const RowReader& rows, std::uint32_t up_to = UINT32_MAX);
void put_epoch(const Epoch& epoch, WriteSet& changes);

/// The checkpoint of the last epoch that was signed for `size`, or else the newest of it, up to
/// `at`. Errors: Corruption, Io.
Result<std::optional<SignedCheckpoint>> find_checkpoint(const RowReader& rows,
                                                        const LedgerId& ledger,
                                                        std::optional<Position> size, Position at);
/// All of them, by epoch and size, without cosignatures. Errors: those of `take`, Corruption, Io.
Status for_each_checkpoint(const RowReader& rows, const LedgerId& ledger,
                           const std::function<Status(const SignedCheckpoint&)>& take);
/// `tree` has one signature, that of the key.
void put_checkpoint(std::uint32_t epoch, const SignedTree& tree, Timestamp time, WriteSet& changes);

void put_cosignature(std::uint32_t epoch, Position size, const NoteSignature& signature,
                     WriteSet& changes);

}  // namespace purser
