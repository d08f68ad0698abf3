// Whether a ledger that a power cut has left holds all that was acknowledged before it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/disks/acks.h"

namespace purser::faults {

struct Survivor {
  std::string wrong{};  ///< empty: nothing
  bool mended = false;  ///< it did not open, until `recover` had mended it
};

/// Looks at the ledger in `path`. `events` are the stored bytes of all
/// events that there ever were; what was acknowledged before the disk had got `log_entries` must be
/// there, and nothing that is not among them. Opens it for writing.
Survivor look_at_survivor(const std::string& path, const std::vector<std::string>& events,
                          const Acks& acks, std::uint64_t log_entries);

}  // namespace purser::faults
