// SHA-256 of many byte strings at once, on one thread.
//
// A round of SHA-256 waits for the one before it, so that one string leaves most of a processor's
// SHA units idle. Up to four strings are hashed side by side here, which takes little more than
// half the time. Where the processor has no such instructions it is `sha256` of each.
// Free of state; safe from any thread.
#pragma once

#include <string_view>
#include <vector>

#include "purser/types.h"

namespace purser {

/// The SHA-256 of each of `messages`, in their order.
[[nodiscard]] std::vector<Digest> sha256_each(const std::vector<std::string_view>& messages);

}  // namespace purser
