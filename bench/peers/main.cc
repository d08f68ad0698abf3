// Purser beside others: the same promotions on SQLite, PostgreSQL and plain RocksDB and against the
// bare disk, reads of what is active, and what a large ledger costs. bench/peers/run does it all.
#include "arguments.h"
#include "contest.h"
#include "scale.h"

int main(int argc, char** argv) {
  const purser::peers::Arguments arguments = purser::peers::parse_arguments(argc, argv);
  if (arguments.smoke || arguments.scale == 0) purser::peers::run_contest(arguments);
  if (arguments.scale > 0) purser::peers::run_scale(arguments);
  return 0;
}
