// Signed notes (c2sp.org/signed-note): a text, an empty line, and lines of signatures.
//
// What a note says counts only once a signature of a known key was checked. A note has at most
// 1 MiB and 64 signatures here. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note_key.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string bytes;  ///< what follows the id
  std::string line;   ///< all of it as it stands, without the newline
};

struct Note {
  std::string text;  ///< with its last newline
  std::vector<NoteSignature> signatures;

  [[nodiscard]] std::string str() const;
};

/// Errors: InvalidArgument{signed note}, LimitExceeded.
Result<Note> parse_note(std::string_view bytes);

/// Lines of signatures alone, as a witness answers with. Errors: those of `parse_note`.
Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view lines);

/// Whether `signature` names `key`.
[[nodiscard]] bool is_by(const NoteSignature& signature, const NoteKey& key);

/// Checks one signature that names `key`; the time of a cosignature, 0 for others.
/// Errors: Corruption{signature}.
Result<Timestamp> check_signature(std::string_view note_text, const NoteSignature& signature,
                                  const NoteKey& key);

/// Checks every signature of `note` that names `key`; the time of the last cosignature.
/// Errors: NotFound where there is none, Corruption{signature}.
Result<Timestamp> check_signed(const Note& note, const NoteKey& key);

}  // namespace purser
