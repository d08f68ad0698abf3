// Base 64 as RFC 4648, section 4, has it, and only that: one text for each sequence of bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "purser/types.h"

namespace purser {

[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Nothing where `text` is not exactly what `to_base64` makes of some bytes.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

[[nodiscard]] std::string to_base64(const Digest& digest);
[[nodiscard]] std::optional<Digest> digest_from_base64(std::string_view text);

}  // namespace purser
