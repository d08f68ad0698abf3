#include "audit/note.h"

#include <fmt/format.h>

#include "audit/base64.h"
#include "try.h"
#include "utf8.h"

namespace purser {
namespace {

constexpr std::size_t kNoteBytesMax = 1u << 20;
constexpr std::size_t kSignaturesMax = 64;
constexpr std::string_view kDash = "\u2014 ";

Error malformed_note(std::string why) { return InvalidArgument{"signed note", std::move(why)}; }

Status check_characters(std::string_view text) {
  if (text.size() > kNoteBytesMax) return LimitExceeded{"signed note", kNoteBytesMax, text.size()};
  while (!text.empty()) {
    const std::size_t size = utf8_sequence(text);
    if (size == 0) return malformed_note("it is not valid UTF-8");
    if (static_cast<unsigned char>(text[0]) < 0x20 && text[0] != '\n') {
      return malformed_note("it holds a control character");
    }
    text.remove_prefix(size);
  }
  return {};
}

Result<NoteSignature> parse_signature(std::string_view line) {
  NoteSignature signature;
  signature.line = line;
  const std::size_t name_end = line.rfind(' ');
  if (!line.starts_with(kDash) || name_end == std::string_view::npos || name_end < kDash.size()) {
    return malformed_note("a line of a signature is not \"\u2014 NAME SIGNATURE\"");
  }
  signature.name = line.substr(kDash.size(), name_end - kDash.size());
  PURSER_TRY(check_any_key_name(signature.name));  // a stranger's may be as the text allows
  const auto bytes = from_base64(line.substr(name_end + 1));
  if (!bytes || bytes->size() <= 4)
    return malformed_note("a signature is not base64 of an id and more");
  for (std::size_t i = 0; i < 4; ++i) {
    signature.key_id = signature.key_id << 8 | static_cast<unsigned char>((*bytes)[i]);
  }
  signature.bytes = bytes->substr(4);
  return signature;
}

// The message that a witness signs, and when it did; RFC 8446 puts the time first.
struct Cosigned {
  std::uint64_t time_s = 0;
  std::string message;
};
Cosigned cosigned(std::string_view note_text, std::string_view signature) {
  Cosigned made;
  for (std::size_t i = 0; i < sizeof made.time_s; ++i) {
    made.time_s = made.time_s << 8 | static_cast<unsigned char>(signature[i]);
  }
  made.message = fmt::format("cosignature/v1\ntime {}\n{}", made.time_s, note_text);
  return made;
}

}  // namespace

std::string Note::str() const {
  std::string bytes = text + "\n";
  for (const NoteSignature& signature : signatures) bytes += signature.line + "\n";
  return bytes;
}

Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view lines) {
  PURSER_TRY(check_characters(lines));
  if (!lines.ends_with('\n')) return malformed_note("it does not end with a line of a signature");
  std::vector<NoteSignature> signatures;
  while (!lines.empty()) {
    if (signatures.size() == kSignaturesMax) {
      return LimitExceeded{"signatures of a note", kSignaturesMax, kSignaturesMax + 1};
    }
    const std::size_t end = lines.find('\n');
    PURSER_ASSIGN(NoteSignature signature, parse_signature(lines.substr(0, end)));
    signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return signatures;
}

Result<Note> parse_note(std::string_view bytes) {
  PURSER_TRY(check_characters(bytes));
  const std::size_t blank = bytes.rfind("\n\n");
  if (blank == std::string_view::npos)
    return malformed_note("no empty line is before its signatures");
  Note note;
  note.text = bytes.substr(0, blank + 1);
  PURSER_ASSIGN(note.signatures, parse_signature_lines(bytes.substr(blank + 2)));
  return note;
}

bool is_by(const NoteSignature& signature, const NoteKey& key) {
  return signature.name == key.name && signature.key_id == key.id();
}

Result<Timestamp> check_signature(std::string_view note_text, const NoteSignature& signature,
                                  const NoteKey& key) {
  const Error refuted = Corruption{"signature", fmt::format("that of {} is false", key.name)};
  if (key.type == NoteKeyType::signer) {
    if (!ed25519_verify(key.public_key, note_text, signature.bytes)) return refuted;
    return Timestamp{};
  }
  if (signature.bytes.size() != sizeof(std::uint64_t) + kEd25519SignatureBytes) return refuted;
  const Cosigned made = cosigned(note_text, signature.bytes);
  constexpr std::uint64_t kMicroseconds = 1'000'000;
  if (made.time_s > static_cast<std::uint64_t>(INT64_MAX) / kMicroseconds) return refuted;
  if (!ed25519_verify(key.public_key, made.message, signature.bytes.substr(sizeof made.time_s))) {
    return refuted;
  }
  return Timestamp{static_cast<std::int64_t>(made.time_s * kMicroseconds)};
}

Result<Timestamp> check_signed(const Note& note, const NoteKey& key) {
  std::optional<Timestamp> time;
  for (const NoteSignature& signature : note.signatures) {
    if (!is_by(signature, key)) continue;
    PURSER_ASSIGN(time, check_signature(note.text, signature, key));
  }
  if (!time) {
    return NotFound{{}, fmt::format("a signature of {}+{:08x}", key.name, key.id())};
  }
  return *time;
}

}  // namespace purser
