// A process that uses a ledger as a busy team would, and notes what it was told to be durable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/disks/acks.h"
#include "purser/ledger.h"

namespace purser::faults {

struct WorkloadOptions {
  std::uint64_t seed = 1;
  int sessions = 3;             ///< each opens and closes the ledger
  int rounds = 12;              ///< of each thread in each session
  bool acks_too_early = false;  ///< a mistake: notes before the call what it will have done
};

/// Makes a ledger in `path` and works on it. Ends the program where a command is refused.
void run_workload(const std::string& path, const WorkloadOptions& options, Acks& acks);

/// File number `file` of deployment `id`: where it is stored, and what.
std::string path_of(std::uint64_t file);
std::string bytes_of(DeploymentId id, std::uint64_t file);

/// The stored bytes of every event.
std::vector<std::string> all_stored(const Ledger& ledger);

}  // namespace purser::faults
