// Mistakes that are seeded into a trial, each of which it must find.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace purser::faults {

enum class Mutant : std::uint8_t {
  none,
  row_checksum,       ///< nothing checks a row: one has another byte, with fitting checksums
  envelope_checksum,  ///< nothing checks an event: the same with one of them
  no_anchor,          ///< nothing says how long the log was: it is cut, and the anchor knows 0
  no_closing,         ///< nothing says what the MANIFEST was: its end is cut off
  touched,            ///< an open that is refused changes a byte
  crash,              ///< damaged bytes end the process
};

/// The names by which they are asked for.
std::vector<std::string> mutant_names();
/// The one of that name; `none` for an empty one.
Mutant mutant_named(const std::string& name);

/// Damages the closed ledger in `directory` as if the check that the mutant lacks had seen nothing.
/// Only for the first three.
void damage_unseen(Mutant mutant, const std::string& directory, std::mt19937_64& random);

}  // namespace purser::faults
