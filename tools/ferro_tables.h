// The two tables of ferro-deployments (versions 0.2), as they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purser/types.h"
#include "sql.h"

namespace purser::tools {

struct FerroDeployment {
  DeploymentId id;
  std::string identifier;
  std::string owner_key;
  std::optional<std::string> source_ref;
  std::optional<std::string> artifact_location;
  std::optional<std::uint64_t> byte_size;
  DeploymentStatus status = DeploymentStatus::building;
  Timestamp created_at;
  std::optional<Timestamp> terminated_at;
  std::optional<Timestamp> artifact_deleted_at;
};

struct FerroPointer {
  std::string owner_key;
  DeploymentId deployment;
  std::optional<DeploymentId> previous;
  Timestamp updated_at;
};

struct FerroTables {
  std::vector<FerroDeployment> deployments;  ///< by id, ascending
  std::vector<FerroPointer> pointers;        ///< by owner
  std::uint64_t shortened_times = 0;         ///< had more than microseconds
  /// Pointers whose one before is the active one: it was promoted again, which lost the way back.
  [[nodiscard]] std::uint64_t lost_previous() const;
};

/// All rows, in memory. Errors: InvalidArgument, which names the row and the column; those of
/// `database`.
Result<FerroTables> read_ferro_tables(SqlDatabase& database);

}  // namespace purser::tools
