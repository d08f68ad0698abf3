// `DIR/anchor`: how far the log had come, kept outside the database, so that an open notices a log
// that has become shorter. A database alone opens short without a word (docs/adr/0003).
//
// Two slots, written in turn, so that a torn write leaves the other one. An anchor that is written
// after the sync it speaks of never claims too much. Behind a slot stands, after a clean close,
// what the database was then. Layout: docs/storage-format.md.
// One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "closing_sum.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

struct AnchorMark {
  LedgerId ledger_id;
  Position log_size;
  Timestamp time;
  std::optional<Digest> root = {};  ///< of the Merkle tree over the log
  /// Of the database; only where nothing was written to it since.
  std::optional<ClosingSum> closing = {};
};

class Anchor {
 public:
  /// Makes `directory/anchor`, durably, with `mark`. Errors: AlreadyExists, Io.
  static Status create(const std::string& directory, const AnchorMark& mark);

  /// The newest mark. Errors: Corruption{anchor} when the file or both slots are missing or
  /// damaged, UnsupportedVersion, Io.
  static Result<AnchorMark> read(const std::string& directory);

  /// Opens it for `write`. Errors: those of `read`.
  static Result<Anchor> open(const std::string& directory);

  /// Records `mark`; on stable storage when it returns ok. Errors: Io.
  Status write(const AnchorMark& mark);

  [[nodiscard]] Position log_size() const { return log_size_; }

 private:
  Anchor() = default;
  std::string path_;
  UniqueFd fd_;
  std::uint64_t sequence_ = 0;
  Position log_size_;
};

}  // namespace purser
