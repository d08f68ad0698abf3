// Signed notes, lines of signatures and checkpoints: the one text of what they say, and signed only
// if the key has signed it.
#include "audit/note.h"

#include "audit/checkpoint.h"
#include "faults/fuzz/audit_samples.h"
#include "faults/fuzz/harness.h"

namespace purser::fuzz {
namespace {

bool is_signed(const Note& note, const NoteKey& key) {
  if (mutant("any-signature")) return !note.signatures.empty() && is_by(note.signatures[0], key);
  return check_signed(note, key).has_value();
}

void look_at_checkpoint(std::string_view text) {
  const auto checkpoint = parse_checkpoint(text);
  if (!checkpoint) return;
  require(text.starts_with(checkpoint->text()) || checkpoint->text() == std::string(text) + "\n",
          "a checkpoint has one text, before its extension lines");
}

void look_at(std::string_view bytes) {
  static const NoteKey key = sample_signer().key();
  static const std::string older = sample_tree(kOlderSize).note.text;
  static const std::string newer = sample_tree(kNewerSize).note.text;
  const auto note = decoded(bytes, [](std::string_view text) { return parse_note(text); });
  if (!note) return;
  require(note->str() == bytes, "a note has one text");
  require(note->signatures.size() <= 64, "a note has no more signatures than it may");
  for (const NoteSignature& signature : note->signatures) {
    require(signature.bytes.size() <= bytes.size(), "what is decoded is no longer than its bytes");
  }
  if (is_signed(*note, key)) {
    require(note->text == older || note->text == newer, "only what was signed is signed");
  }
  look_at_checkpoint(note->text);
}

}  // namespace

void look(std::string_view text) {
  look_at(text);
  look_at_checkpoint(text);
  static_cast<void>(parse_signature_lines(text));
}

}  // namespace purser::fuzz
