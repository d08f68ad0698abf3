#include "check.h"

#include <cstdio>
#include <cstdlib>

#include "purser/status.h"

namespace purser::internal {

void fail_check(const char* file, int line, const char* condition, const char* message) {
  std::fprintf(stderr, "%s:%d: purser: broken invariant: %s: %s\n", file, line, condition, message);
  std::abort();
}

void fail_access(const Error* error) {
  if (error != nullptr) {
    std::fprintf(stderr, "purser: value() on an error: %s\n", error->message().c_str());
  } else {
    std::fprintf(stderr, "purser: error() on a value\n");
  }
  std::abort();
}

}  // namespace purser::internal
