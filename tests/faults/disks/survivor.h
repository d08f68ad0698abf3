// Whether a ledger that a power cut has left holds all that was acknowledged before it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/disks/acks.h"

namespace purser::faults {

/// What is wrong with the ledger in `path`; empty: nothing. `events` are the stored bytes of all
/// events that there ever were; what was acknowledged before the disk had got `log_entries` must be
/// there, and nothing that is not among them. Opens it for writing.
std::string whats_wrong(const std::string& path, const std::vector<std::string>& events,
                        const Acks& acks, std::uint64_t log_entries);

}  // namespace purser::faults
