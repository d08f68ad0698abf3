// Keys of signed notes, in the text forms of c2sp.org/signed-note and golang.org/x/mod/sumdb/note:
//
//   verifier key   NAME+ID+BASE64(TYPE, 32 bytes of public key)
//   signer key     PRIVATE+KEY+NAME+ID+BASE64(0x01, 32 bytes of seed)
//
// where ID is the first 4 bytes, in hexadecimal, of SHA-256(NAME, "\n", TYPE, public key). TYPE is
// 0x01 for a key that signs notes and 0x04 for a witness that cosigns checkpoints
// (c2sp.org/tlog-cosignature); others are unknown here. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/ed25519.h"
#include "purser/status.h"

namespace purser {

enum class NoteKeyType : std::uint8_t { signer = 0x01, cosigner = 0x04 };

struct NoteKey {
  std::string name;
  NoteKeyType type = NoteKeyType::signer;
  Ed25519PublicKey public_key{};

  [[nodiscard]] std::uint32_t id() const;
  /// The verifier key.
  [[nodiscard]] std::string text() const;
};

/// A name is not empty, and has neither Unicode spaces, control characters below U+0020 nor a plus.
/// Errors: InvalidArgument{key name}.
Status check_any_key_name(std::string_view name);

/// One that is used here has at most 255 bytes, too, and no U+007F. Errors: InvalidArgument{key
/// name}, LimitExceeded.
Status check_key_name(std::string_view name);

/// Errors: InvalidArgument{verifier key}.
Result<NoteKey> parse_note_key(std::string_view text);

/// A key that signs notes. Its text is a secret.
class NoteSigner {
 public:
  NoteSigner(std::string name, const Ed25519Seed& seed);
  /// Errors: InvalidArgument{signer key}, which never repeats the text.
  static Result<NoteSigner> parse(std::string_view text);

  [[nodiscard]] const NoteKey& key() const { return key_; }
  [[nodiscard]] std::string text() const;
  /// The signature line for a note with this text, without the newline.
  [[nodiscard]] std::string sign(std::string_view note_text) const;

 private:
  NoteKey key_;
  Ed25519Seed seed_;
};

}  // namespace purser
