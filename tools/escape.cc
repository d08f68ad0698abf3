#include "escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace purser::tools {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t size = 1;  // bytes
  bool valid = false;
};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; }

// How many bytes a lead byte promises; 0 if it cannot lead.
std::size_t promised_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// The first character of `bytes`, which must not be empty.
Character decode(std::string_view bytes) {
  static constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(bytes.front());
  const std::size_t size = promised_size(lead);
  if (size == 1) return {lead, 1, true};
  if (size == 0 || bytes.size() < size) return {};
  char32_t code = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(bytes[i])) return {};
    code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3fu);
  }
  if (code < kSmallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, size, true};
}

bool is_unsafe(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f)          // C0, DEL, C1
         || code == 0x061c || code == 0x200e || code == 0x200f  // direction marks
         || (code >= 0x2028 && code <= 0x202e)   // line separators, embeddings and overrides
         || (code >= 0x2066 && code <= 0x2069);  // isolates
}

// Calls `visit(character, its bytes)` for each character or stray byte.
template <class Visit>
void for_each_character(std::string_view bytes, Visit visit) {
  while (!bytes.empty()) {
    const Character character = decode(bytes);
    visit(character, bytes.substr(0, character.size));
    bytes.remove_prefix(character.size);
  }
}

// Printable ASCII, as far as it goes.
std::string_view plain_beginning(std::string_view bytes) {
  const auto end = std::find_if(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f;
  });
  return bytes.substr(0, static_cast<std::size_t>(end - bytes.begin()));
}

void append_escaped(std::string& text, char32_t code) {
  if (code == '\n') {
    text += "\\n";
  } else if (code == '\t') {
    text += "\\t";
  } else if (code == '\r') {
    text += "\\r";
  } else if (code < 0x80) {
    fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<std::uint32_t>(code));
  } else {
    fmt::format_to(std::back_inserter(text), "\\u{{{:x}}}", static_cast<std::uint32_t>(code));
  }
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  bool valid = true;
  for_each_character(bytes, [&](const Character& one, std::string_view) { valid &= one.valid; });
  return valid;
}

std::string escape(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for_each_character(bytes, [&](const Character& one, std::string_view raw) {
    if (!one.valid) {
      text += "\\x" + to_hex_text(raw);
    } else if (is_unsafe(one.code)) {
      append_escaped(text, one.code);
    } else {
      text += raw;
    }
  });
  return text;
}

std::string replace_invalid(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for_each_character(bytes, [&](const Character& one, std::string_view raw) {
    text += one.valid ? raw : std::string_view("\xef\xbf\xbd");
  });
  return text;
}

std::string escape_json(std::string_view document) {
  std::string text;
  text.reserve(document.size());
  while (!document.empty()) {
    const std::string_view plain = plain_beginning(document);
    text += plain;
    document.remove_prefix(plain.size());
    if (document.empty()) break;
    const Character one = decode(document);
    if (one.valid && is_unsafe(one.code)) {
      fmt::format_to(std::back_inserter(text), "\\u{:04x}", static_cast<std::uint32_t>(one.code));
    } else {
      text += document.substr(0, one.size);
    }
    document.remove_prefix(one.size);
  }
  return text;
}

std::string_view clip_utf8(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && is_continuation(text[size])) --size;
  return text.substr(0, size);
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += is_continuation(c) ? 0 : 1;
  return count;
}

std::string to_hex_text(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (char c : bytes) {
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

}  // namespace purser::tools
