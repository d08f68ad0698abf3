// What a harness needs besides when libFuzzer drives it.
#include <cstdio>
#include <cstdlib>

#include "faults/fuzz/harness.h"

namespace purser::fuzz {

void refute(const char* claim) {
  std::fprintf(stderr, "refuted: %s\n", claim);
  std::abort();
}

bool mutant(std::string_view) { return false; }

}  // namespace purser::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  purser::fuzz::look({reinterpret_cast<const char*>(data), size});
  return 0;
}
