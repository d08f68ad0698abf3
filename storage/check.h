// Assertions for our own bugs, on in every build. Never for what disk, caller or network may do.
#pragma once

namespace purser::internal {
/// Prints the place and the message and aborts.
[[noreturn]] void fail_check(const char* file, int line, const char* condition,
                             const char* message);
}  // namespace purser::internal

#define PURSER_CHECK(condition, message)                                       \
  do {                                                                         \
    if (!(condition)) [[unlikely]] {                                           \
      ::purser::internal::fail_check(__FILE__, __LINE__, #condition, message); \
    }                                                                          \
  } while (false)
