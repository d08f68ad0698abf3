// A projection of how deployments are delivered: each promotion, how long it took to get there,
// whether it went well, and how long it took to get back where it did not.
//
// It is written against purser/user_projection.h alone, and docs/projections.md walks through it.
// It can be stored (`Options::projections`) or run over a log in memory
// (`Ledger::fold_in_memory`), which is what `purser report` does where it is not stored.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "purser/user_projection.h"

namespace purser::tools {

inline constexpr const char* kDeliveryName = "delivery";
inline constexpr std::uint32_t kDeliveryVersion = 2;

[[nodiscard]] UserProjection delivery_projection();

/// One promotion, as of the position of the rows.
struct Promotion {
  std::string owner;
  std::string channel;
  Timestamp time;             ///< where it stands in the log
  bool time_is_known = true;  ///< false for some that were imported
  DeploymentId deployment;
  /// Since it was created, where it was the first one of this deployment on this channel.
  std::optional<std::int64_t> lead_us;
  bool left = false;  ///< by a rollback or a restore
  /// Until that happened.
  std::optional<std::int64_t> restore_us;
  bool bad = false;  ///< its deployment is marked bad

  [[nodiscard]] bool failed() const { return bad || left; }
};

/// Visits promotions sorted by owner, channel and time; those of one owner if it is given. Errors:
/// those of reading, Corruption.
Status for_each_promotion(const ProjectionRows& rows, const std::optional<std::string>& owner,
                          const std::function<void(const Promotion&)>& visit);

}  // namespace purser::tools
