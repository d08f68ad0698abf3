// The figures of a ledger and of one handle to it, and whether all is well.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purser/export.h"
#include "purser/origin.h"
#include "purser/types.h"

namespace purser {

/// How long something took, counted in steps that double: step i holds what took less than 2^i
/// microseconds, and no less than the step before allows; the last one all that took longer.
struct PURSER_EXPORT Histogram {
  std::array<std::uint64_t, 32> steps{};
  std::uint64_t count = 0;
  std::uint64_t sum_us = 0;
  std::uint64_t max_us = 0;

  void add(std::chrono::nanoseconds time);
  /// Microseconds that `share` of all, from 0 to 1, took less than, to the end of a step; 0 where
  /// nothing was counted.
  [[nodiscard]] std::uint64_t less_than_us(double share) const;
};

/// What a handle has done since it was opened.
struct Counters {
  std::uint64_t commands = 0;  ///< decided, edits of drafts included
  std::uint64_t rejected = 0;  ///< of these, refused
  std::uint64_t unknown = 0;   ///< whose write failed
  std::uint64_t groups = 0;    ///< synced writes
  std::uint64_t rows = 0;      ///< written by them, events included
  std::uint64_t bytes = 0;     ///< of these rows, keys included
  Histogram command_time;      ///< from the call to the answer
  Histogram sync_time;         ///< that a group waited for the disk
};

/// What the database has on disk and in memory now; all 0 in memory.
struct DatabaseStats {
  std::uint64_t table_bytes = 0;
  std::uint64_t log_bytes = 0;  ///< of write-ahead logs, zeros written ahead included
  std::uint64_t cache_bytes = 0;
  std::uint64_t cache_bytes_max = 0;
  std::uint64_t memtable_bytes = 0;
  std::uint64_t background_errors = 0;
};

struct ProjectionStats {
  std::string name;
  std::uint32_t version = 0;
  std::uint32_t build = 0;
  Position cursor;
};

/// A projection of a user: one that has rows, or whose code this handle has.
struct UserProjectionStats {
  std::string name;
  std::uint32_t version = 0;           ///< of the rows
  std::uint32_t build = 0;             ///< 0: there are no rows
  Position cursor;                     ///< they speak up to here: behind where the log is longer
  bool has_code = false;               ///< in `Options::projections` of this handle
  std::optional<std::string> failure;  ///< why it is behind, where that is known
};

struct Stats : Counters {
  LedgerId ledger_id;
  std::optional<Origin> origin;  ///< of a ledger that was made out of another one
  std::uint32_t format = 0;
  bool read_only = false;
  std::optional<std::int64_t> writer_pid;  ///< who has the ledger open for writing
  Position log_size;                       ///< last position that this handle shows
  Position anchored;                       ///< after a crash, losing events up to here is noticed
  std::optional<Timestamp> last_event_time;
  DeploymentId last_deployment;
  std::vector<ProjectionStats> projections;
  std::vector<UserProjectionStats> user_projections;  ///< sorted by name
  DatabaseStats database;
  std::optional<std::uint64_t> disk_bytes_left;  ///< for this process; nothing in memory
  /// Why not all is well, a sentence each, as far as these figures tell; `verify` looks further.
  std::vector<std::string> complaints;
};

}  // namespace purser
