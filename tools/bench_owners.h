// The owners of a measurement: each has two ready deployments, so that every promotion of the one
// that is not active moves a pointer.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "purser/ledger.h"

namespace purser::tools {

struct BenchOwner {
  std::string key;
  std::array<DeploymentId, 2> deployments;
  std::size_t active = 0;  ///< index in `deployments`, once all that was handed out is done
};

/// Records `count` owners with their deployments; the first of each is active. `progress` counts
/// owners as files. Errors: Cancelled, those of `apply`.
Result<std::vector<BenchOwner>> make_bench_owners(Ledger& ledger, std::size_t count,
                                                  const ProgressCallback& progress);

/// Promotions of these owners in turn, without end. For one thread.
class PromotionsInTurn {
 public:
  /// `owners`, at least one, must outlive it and be nobody else's.
  explicit PromotionsInTurn(std::span<BenchOwner> owners) : owners_(owners) {}

  [[nodiscard]] Promote next();

 private:
  std::span<BenchOwner> owners_;
  std::size_t turn_ = 0;
};

}  // namespace purser::tools
