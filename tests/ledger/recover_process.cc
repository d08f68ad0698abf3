// recover_process DIR STEP: mends a ledger, and dies at a step of the file system. One that has
// fewer steps ends well.
#include <cstdio>
#include <cstdlib>

#include "purser/recover.h"
#include "support/file_steps.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  purser::die_at_file_step(std::atol(argv[2]));
  const auto recovered = purser::recover(argv[1]);
  if (!recovered) {
    std::fprintf(stderr, "%s\n", recovered.error().message().c_str());
    return 1;
  }
  return 0;
}
