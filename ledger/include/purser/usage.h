// What the bytes of deployments take on disk.
//
// Chunks are stored once, however many files and deployments have them, and compressed together
// with their neighbours: what one takes is its share of its block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "purser/types.h"

namespace purser {

struct DeploymentUsage {
  DeploymentId id;
  std::string owner_key;
  std::uint64_t logical = 0;  ///< bytes of its files, as they would lie in a folder
  std::uint64_t stored = 0;   ///< bytes that its chunks take, the manifest's included
  std::uint64_t unique = 0;   ///< of them, those that no other deployment has
  [[nodiscard]] std::uint64_t shared() const { return stored - unique; }
};

struct Usage {
  std::vector<DeploymentUsage> deployments;  ///< whose bytes are here, by id
  std::uint64_t logical = 0;                 ///< of all of them
  std::uint64_t stored = 0;                  ///< each chunk counted once
  std::uint64_t on_disk = 0;                 ///< the files that hold chunks, dead ones included
};

}  // namespace purser
