// What `Ledger::verify` looks at and what it finds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "purser/types.h"

namespace purser {

struct VerifyOptions {
  /// Looks whether all is there without reading the bytes of files.
  bool quick = false;
  /// Lets go of files whose bytes are lost, so that storing the same bytes again mends every
  /// deployment that has them. Changes nothing of what is whole, and no event.
  bool repair = false;
};

/// One file of one deployment, or its manifest, that cannot be served.
struct VerifyProblem {
  DeploymentId id;
  std::string path;  ///< empty: the manifest
  std::string what;
};

struct VerifyReport {
  std::uint64_t deployments = 0;  ///< whose bytes should be here
  std::uint64_t files = 0;        ///< of all of them
  std::uint64_t bytes = 0;
  std::uint64_t lost_chunks = 0;
  std::uint64_t lost_files = 0;  ///< different ones
  std::vector<VerifyProblem> problems;
};

}  // namespace purser
