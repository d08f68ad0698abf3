#include "complaints.h"

#include <fmt/format.h>

namespace purser {

std::vector<std::string> complaints_about(const Stats& stats, const Options& options,
                                          const std::optional<Error>& failure,
                                          bool is_forced_to_read) {
  std::vector<std::string> all;
  if (failure) {
    all.push_back(fmt::format("commands are refused, for a write failed: {}; open the ledger again",
                              failure->message()));
  }
  if (is_forced_to_read) all.emplace_back("the disk has no room to open the ledger for writing");
  if (stats.disk_bytes_left && *stats.disk_bytes_left < options.disk_reserve_bytes) {
    all.push_back(
        fmt::format("the disk has {} bytes left, fewer than the {} of the reserve: "
                    "commands are refused",
                    *stats.disk_bytes_left, options.disk_reserve_bytes));
  }
  if (stats.database.background_errors > 0) {
    all.push_back(fmt::format("the database counts {} errors in the background",
                              stats.database.background_errors));
  }
  for (const ProjectionStats& one : stats.projections) {
    if (one.cursor >= stats.log_size) continue;
    all.push_back(fmt::format("projection '{}' is at position {} of {}", one.name, one.cursor.value,
                              stats.log_size.value));
  }
  for (const UserProjectionStats& one : stats.user_projections) {
    if (!one.failure) continue;
    all.push_back(fmt::format("projection '{}' stays at position {}: {}", one.name,
                              one.cursor.value, *one.failure));
  }
  return all;
}

}  // namespace purser
