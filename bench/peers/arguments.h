// What the program was asked to do.
#pragma once

#include <cstdint>
#include <string>

namespace purser::peers {

struct Arguments {
  std::string directory = ".";  ///< new directories are made in it: the disk that is measured
  int rounds = 5;
  double seconds = 3;       ///< of one subject in one round
  int clients_max = 64;     ///< runs with more clients are run with so many
  std::string postgres;     ///< how to reach the server; empty: without it
  std::uint64_t scale = 0;  ///< measure a ledger of so many events, and nothing else; 0: do not
  bool smoke = false;  ///< everything, but tiny and without PostgreSQL; the figures mean nothing
};

/// Prints how the program is called and ends it where the arguments are wrong.
Arguments parse_arguments(int argc, char** argv);

}  // namespace purser::peers
