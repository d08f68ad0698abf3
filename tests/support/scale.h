// How much work a test does: less of the same where a sanitizer slows everything down.
#pragma once

namespace purser {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kSlowdown = 8;
#else
inline constexpr int kSlowdown = 1;
#endif

/// `count`, or its share under a sanitizer; at least 1.
constexpr int scaled(int count) { return count / kSlowdown > 0 ? count / kSlowdown : 1; }

}  // namespace purser
