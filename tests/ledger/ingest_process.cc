// ingest_process DIR TREE die|fail STEP: opens a ledger, stores a folder and a file, seals them and
// closes the ledger, and dies at a step of the file system, or has a write to a pack fail. One that
// has fewer steps ends well.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "purser/ledger.h"
#include "support/file_steps.h"

namespace {

purser::Status ingest(const char* directory, const char* tree) {
  auto ledger = purser::Ledger::open(directory);
  if (!ledger) return ledger.error();
  const auto created = ledger->create("demo");
  if (!created) return created.error();
  const auto stored = ledger->store_tree(created->id, tree);
  if (!stored) return stored.error();
  const auto one = ledger->store(created->id, "one more", std::string(20'000, 'm'));
  if (!one) return one.error();
  const auto ready = ledger->mark_ready(created->id);
  if (!ready) return ready.error();
  return ledger->close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto trouble =
      std::string_view(argv[3]) == "die" ? purser::die_at_file_step : purser::fail_at_pack_write;
  trouble(std::atol(argv[4]));
  const purser::Status status = ingest(argv[1], argv[2]);
  if (!status) {
    std::fprintf(stderr, "%s\n", status.error().message().c_str());
    return 1;
  }
  return 0;
}
