// One workload on one file system, and power cuts at many moments of it.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "faults/disks/file_system.h"

namespace purser::faults {

struct RoundOptions {
  std::uint64_t seed = 1;
  std::size_t cuts = 10;
  std::size_t lying_flushes = 0;  ///< a mistake: the last ones before a cut did not happen
  bool acks_too_early = false;    ///< a mistake: acknowledged before it was written
};

struct RoundFound {
  std::string skipped{};  ///< why nothing was done; empty: it was
  std::uint64_t cuts = 0;
  std::uint64_t wrong = 0;
  std::string first_wrong{};
  std::uint64_t writes = 0;  ///< of the disk, while the workload ran
  std::uint64_t flushes = 0;
  std::uint64_t acks = 0;
  std::uint64_t mended = 0;  ///< cuts after which `recover` was needed
  std::uint64_t torn = 0;    ///< cuts at which unflushed writes had left something
};

/// In `directory`, which holds nothing and may be filled.
RoundFound run_round(const FileSystem& system, const std::string& directory,
                     const RoundOptions& options);

}  // namespace purser::faults
