// Rows of projections as people read them, for messages.
#pragma once

#include <string>
#include <string_view>

#include "projection.h"

namespace purser {

/// What the row is of, as "owner demo, channel live, generation 3". `key` is without tag and build.
/// Names in it are as they are stored; a key that is not well-formed is shown in hexadecimal
/// digits.
[[nodiscard]] std::string name_of_row(ProjectionId id, std::string_view key);

/// How long a value is and some of its bytes, from the first on in which it differs from `other`.
[[nodiscard]] std::string excerpt(std::string_view value, std::string_view other);

}  // namespace purser
