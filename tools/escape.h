// Text that others wrote, made safe to print: stored strings and file names may hold control
// characters, which a terminal obeys, and bytes that are no text at all.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace purser::tools {

/// True if `bytes` are well-formed UTF-8 (no overlong forms, no surrogates, up to U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// For terminals and logs. Control characters (C0, DEL, C1), line separators and the characters
/// that turn the direction of writing become `\n`, `\t`, `\x1b` or `\u{202e}`; a byte that is not
/// UTF-8 becomes `\xff`. Everything else stays, the backslash too: `--json` is the exact form.
[[nodiscard]] std::string escape(std::string_view bytes);

/// `bytes` with U+FFFD in the place of each byte that is not UTF-8.
[[nodiscard]] std::string replace_invalid(std::string_view bytes);

/// For a JSON document in valid UTF-8: what `escape` would change and JSON has left alone becomes
/// `\u009b` and the like. Such characters can only stand inside strings, so the value is the same.
[[nodiscard]] std::string escape_json(std::string_view document);

/// The longest prefix of at most `size` bytes that does not cut a character in two.
[[nodiscard]] std::string_view clip_utf8(std::string_view text, std::size_t size);

/// Number of characters, for lining up columns. Counts a wide or combining character as one.
[[nodiscard]] std::size_t count_characters(std::string_view text);

/// Two lower-case hexadecimal digits a byte.
[[nodiscard]] std::string to_hex_text(std::string_view bytes);

}  // namespace purser::tools
