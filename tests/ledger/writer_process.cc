// writer_process DIR [counting]: writes to a ledger from four threads until it is killed or its
// standard input ends, and prints a line for each acknowledged command: position, kind, deployment.
// With `counting` it keeps the projection of counting_fold.h.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "purser/ledger.h"
#include "support/counting_fold.h"

namespace {

using namespace std::string_literals;

void acknowledge(const purser::Receipt& receipt, const char* kind, purser::DeploymentId id) {
  const std::string line = std::to_string(receipt.position.value().value) + " "s + kind + " " +
                           std::to_string(id.value) + "\n";
  if (write(STDOUT_FILENO, line.data(), line.size()) != std::ssize(line)) _exit(2);
}

// Returns when a command is refused.
void work(purser::Ledger& ledger, const std::string& owner) {
  while (true) {
    const auto created = ledger.create(owner);
    if (!created) return;
    acknowledge(created->receipt, "created", created->id);
    const auto ready = ledger.mark_ready_external(created->id, "s3://x", 1);
    if (!ready) return;
    acknowledge(ready->receipt, "ready", created->id);
    const auto promoted = ledger.promote(owner, created->id);
    if (!promoted) return;
    acknowledge(promoted->receipt, "activated", created->id);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) return 2;
  purser::Options options;
  if (argc == 3 && argv[2] == "counting"s) options.projections = {purser::counting()};
  auto ledger = purser::Ledger::open(argv[1], options);
  if (!ledger) {
    std::fprintf(stderr, "%s\n", ledger.error().message().c_str());
    return 1;
  }
  std::vector<std::thread> threads;
  for (const char* owner : {"a", "b", "a", "b"}) {
    threads.emplace_back([&ledger, owner] { work(*ledger, owner); });
  }
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  _exit(0);
}
