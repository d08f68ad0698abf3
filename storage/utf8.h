// Which bytes are UTF-8 (RFC 3629). Safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace purser {

/// The length of the UTF-8 sequence that `text` begins with; 0 if it begins with none. Overlong
/// forms, surrogates and what lies beyond U+10FFFF are none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text);

}  // namespace purser
