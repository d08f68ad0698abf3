// Keys in their text forms: refused, or one key whose text says the same.
#include <algorithm>
#include <cctype>

#include "audit/note_key.h"
#include "faults/fuzz/harness.h"

namespace purser::fuzz {
namespace {

// The id may be written in capitals, as others do that read these keys.
std::string with_small_id(std::string_view text, std::size_t skipped) {
  std::string small(text);
  const std::size_t id_at = small.find('+', skipped);
  if (id_at == std::string::npos) return small;
  const std::size_t end = std::min(small.size(), id_at + 9);
  for (std::size_t i = id_at; i < end; ++i) {
    small[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(small[i])));
  }
  return small;
}

// What stands behind the last plus, where it could be a key in base64: no sentence is so long
// without a space.
std::string_view secret_in(std::string_view text) {
  const std::string_view end = text.substr(text.rfind('+') + 1);
  const bool is_base64 = std::all_of(end.begin(), end.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '=';
  });
  return end.size() >= 40 && is_base64 ? end : std::string_view();
}

void look_at_verifier(std::string_view text) {
  const auto key = decoded(text, [](std::string_view bytes) { return parse_note_key(bytes); });
  if (!key) return;
  require(key->text() == with_small_id(text, 0), "a verifier key has one text");
  require(check_key_name(key->name).has_value(), "a key has a name that a key may have");
}

void look_at_signer(std::string_view text) {
  constexpr std::string_view kPrivate = "PRIVATE+KEY+";
  const auto signer =
      decoded(text, [](std::string_view bytes) { return NoteSigner::parse(bytes); });
  if (!signer) {
    const std::string_view secret = secret_in(text);
    require(secret.empty() || signer.error().message().find(secret) == std::string::npos,
            "what is wrong with a secret is said without it");
    return;
  }
  require(signer->text() == with_small_id(text, kPrivate.size()), "a signer key has one text");
  require(parse_note_key(signer->key().text()).has_value(), "a signer has a verifier key");
}

}  // namespace

void look(std::string_view input) {
  look_at_verifier(input);
  look_at_signer(input);
}

}  // namespace purser::fuzz
