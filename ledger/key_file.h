// The two files of a key that signs checkpoints: the secret, `PATH`, and `PATH.last`, the last
// checkpoint that it signed. Both 0600, and neither belongs into the ledger's directory: they are
// what tells a ledger that went back to an older copy of itself.
//
// `PATH.last` is a signed note like any other, so that its own signature says whether it is whole.
// It exists from the beginning, for the empty log. Whoever has it open holds a lock (flock) on the
// secret; another waits, so that two copies of a ledger do not sign past each other.
#pragma once

#include <string>

#include "audit/evidence.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

class KeyFile {
 public:
  /// Makes both files. Errors: AlreadyExists, Io.
  static Status create(const std::string& path, const NoteSigner& signer);
  /// Errors: NotFound, InvalidArgument (not a key; others can read it), Corruption{PATH.last}, Io.
  static Result<KeyFile> open(const std::string& path);

  [[nodiscard]] const NoteSigner& signer() const { return signer_; }
  [[nodiscard]] const Checkpoint& last() const { return last_; }
  /// Signs, and remembers it durably before anyone hears of it. Errors: Io.
  Result<SignedTree> sign(const Checkpoint& checkpoint);

 private:
  KeyFile(std::string path, UniqueFd held, NoteSigner signer)
      : path_(std::move(path)), held_(std::move(held)), signer_(std::move(signer)) {}
  std::string path_;
  UniqueFd held_;
  NoteSigner signer_;
  Checkpoint last_;
};

}  // namespace purser
