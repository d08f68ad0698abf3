#include "audit/note_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "audit/base64.h"
#include "hash.h"
#include "try.h"
#include "utf8.h"

namespace purser {
namespace {

constexpr std::size_t kNameBytesMax = 255;
constexpr std::string_view kPrivate = "PRIVATE+KEY+";

// Space, and what else Unicode calls one (White_Space), as UTF-8; controls are refused anyway.
bool is_space(std::string_view sequence) {
  static constexpr std::array<std::string_view, 19> kSpaces{" ",
                                                            "\xc2\x85",
                                                            "\xc2\xa0",
                                                            "\xe1\x9a\x80",
                                                            "\xe2\x80\x80",
                                                            "\xe2\x80\x81",
                                                            "\xe2\x80\x82",
                                                            "\xe2\x80\x83",
                                                            "\xe2\x80\x84",
                                                            "\xe2\x80\x85",
                                                            "\xe2\x80\x86",
                                                            "\xe2\x80\x87",
                                                            "\xe2\x80\x88",
                                                            "\xe2\x80\x89",
                                                            "\xe2\x80\x8a",
                                                            "\xe2\x80\xa8",
                                                            "\xe2\x80\xa9",
                                                            "\xe2\x80\xaf",
                                                            "\xe2\x81\x9f"};
  return sequence == "\xe3\x80\x80" ||
         std::find(kSpaces.begin(), kSpaces.end(), sequence) != kSpaces.end();
}

// NAME+ID+BASE64 in its parts.
struct KeyParts {
  std::string name;
  std::uint32_t id = 0;
  std::uint8_t type = 0;
  std::array<std::uint8_t, 32> bytes{};
};
Result<KeyParts> split_key(const char* what, std::string_view text) {
  const Error malformed =
      InvalidArgument{what, "it is not of the form NAME+ID+KEY (c2sp.org/signed-note)"};
  const std::size_t id_at = text.find('+');
  if (id_at == std::string_view::npos) return malformed;
  const std::size_t key_at = text.find('+', id_at + 1);
  if (key_at == std::string_view::npos || key_at - id_at != 1 + 8) return malformed;
  KeyParts parts;
  parts.name = text.substr(0, id_at);
  PURSER_TRY(check_key_name(parts.name));
  const char* end = text.data() + key_at;
  if (std::from_chars(text.data() + id_at + 1, end, parts.id, 16).ptr != end) return malformed;
  const auto bytes = from_base64(text.substr(key_at + 1));
  if (!bytes || bytes->size() != 1 + parts.bytes.size()) return malformed;
  parts.type = static_cast<std::uint8_t>(bytes->front());
  std::copy(bytes->begin() + 1, bytes->end(), parts.bytes.begin());
  return parts;
}

std::string join_key(std::string_view name, std::uint32_t id, NoteKeyType type,
                     const std::array<std::uint8_t, 32>& bytes) {
  std::string typed(1, static_cast<char>(type));
  typed.append(bytes.begin(), bytes.end());
  return fmt::format("{}+{:08x}+{}", name, id, to_base64(typed));
}

}  // namespace

Status check_any_key_name(std::string_view name) {
  if (name.empty()) return InvalidArgument{"key name", "must not be empty"};
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t size = utf8_sequence(rest);
    if (size == 0) return InvalidArgument{"key name", "is not valid UTF-8"};
    const std::string_view sequence = rest.substr(0, size);
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (first < 0x20 || sequence == "+" || is_space(sequence)) {
      return InvalidArgument{"key name", "holds a space, a plus or a control character"};
    }
    rest.remove_prefix(size);
  }
  return {};
}

Status check_key_name(std::string_view name) {
  if (name.size() > kNameBytesMax) return LimitExceeded{"key name", kNameBytesMax, name.size()};
  if (name.find('\x7f') != std::string_view::npos) {
    return InvalidArgument{"key name", "holds a control character"};
  }
  return check_any_key_name(name);
}

std::uint32_t NoteKey::id() const {
  std::string named = name + "\n" + static_cast<char>(type);
  named.append(public_key.begin(), public_key.end());
  const Digest digest = sha256(named);
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < sizeof id; ++i) id = id << 8 | digest.bytes[i];
  return id;
}

std::string NoteKey::text() const { return join_key(name, id(), type, public_key); }

Result<NoteKey> parse_note_key(std::string_view text) {
  constexpr const char* kWhat = "verifier key";
  if (text.starts_with(kPrivate)) {
    return InvalidArgument{kWhat, "this is the private key; keep it to yourself"};
  }
  PURSER_ASSIGN(const KeyParts parts, split_key(kWhat, text));
  if (parts.type != static_cast<std::uint8_t>(NoteKeyType::signer) &&
      parts.type != static_cast<std::uint8_t>(NoteKeyType::cosigner)) {
    return InvalidArgument{kWhat, "neither an Ed25519 key (1) nor an Ed25519 cosigner (4)"};
  }
  const NoteKey key{parts.name, static_cast<NoteKeyType>(parts.type), parts.bytes};
  if (key.id() != parts.id) return InvalidArgument{kWhat, "its id does not belong to its key"};
  return key;
}

NoteSigner::NoteSigner(std::string name, const Ed25519Seed& seed)
    : key_{std::move(name), NoteKeyType::signer, ed25519_public_key(seed)}, seed_(seed) {}

Result<NoteSigner> NoteSigner::parse(std::string_view text) {
  constexpr const char* kWhat = "signer key";
  if (!text.starts_with(kPrivate)) {
    return InvalidArgument{kWhat, "it does not begin with PRIVATE+KEY+"};
  }
  PURSER_ASSIGN(const KeyParts parts, split_key(kWhat, text.substr(kPrivate.size())));
  if (parts.type != static_cast<std::uint8_t>(NoteKeyType::signer)) {
    return InvalidArgument{kWhat, "it is not an Ed25519 key (1)"};
  }
  NoteSigner signer(parts.name, parts.bytes);
  if (signer.key_.id() != parts.id) {
    return InvalidArgument{kWhat, "its id does not belong to its key"};
  }
  return signer;
}

std::string NoteSigner::text() const {
  return std::string(kPrivate) + join_key(key_.name, key_.id(), key_.type, seed_);
}

std::string NoteSigner::sign(std::string_view note_text) const {
  const std::uint32_t id = key_.id();
  std::string signature;
  for (int shift = 24; shift >= 0; shift -= 8) signature += static_cast<char>(id >> shift);
  signature += ed25519_sign(seed_, note_text);
  return fmt::format("\u2014 {} {}", key_.name, to_base64(signature));
}

}  // namespace purser
