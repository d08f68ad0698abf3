// Who runs in a round, next to whom, and under which name.
#pragma once

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.h"
#include "recording.h"
#include "subject.h"

namespace purser::peers {

inline constexpr std::string_view kAppend = "append + fdatasync, growing file";
inline constexpr std::string_view kAppendInPlace = "append + fdatasync, preallocated file";
inline constexpr std::string_view kRocks = "RocksDB, `Write(sync)` of the same rows";
inline constexpr std::string_view kRollback = "SQLite, rollback journal";
inline constexpr std::string_view kWal = "SQLite, WAL";
inline constexpr std::string_view kPostgres = "PostgreSQL";
inline constexpr std::string_view kPurser = "Purser, `promote`";
inline constexpr std::string_view kRocksMany = "RocksDB, batches of 256 promotions' rows";
inline constexpr std::string_view kInFlight = "Purser, `submit`, 256 in flight";
inline constexpr std::string_view kApply = "Purser, `apply` of 256";
inline constexpr std::string_view kActive = "Purser, `active()`";
inline constexpr std::string_view kActivePromotes =
    "Purser, `active()` beside a thread that promotes";
inline constexpr std::string_view kActiveAppend = "Purser, `active()` beside the append loop";
inline constexpr std::string_view kActiveInFlight =
    "Purser, `active()` beside a thread with 256 in flight";
inline constexpr std::string_view kGetMemory = "RocksDB, `Get` of the pointer row, in a memtable";
inline constexpr std::string_view kGetTables =
    "RocksDB, `Get` of the pointer row, in cached tables";
inline constexpr std::string_view kSelect = "SQLite, prepared `SELECT`";

struct Entry {
  std::string_view name;
  int clients;
  MakeSubject make;
};

/// What is compared with each other: it runs one after the other, within a minute or so.
struct Group {
  bool reads = false;
  std::vector<Entry> entries;
};

/// Both arguments must live longer.
std::vector<Group> make_groups(const Arguments& arguments, const Recording& recording);

struct Sample {
  double per_second = 0;
  double p50_us = 0;  ///< 0: not taken
  double p99_us = 0;
};
using Run = std::pair<std::string_view, int>;  ///< name and clients
using Round = std::map<Run, Sample>;

/// A value of every round.
template <class Value>
std::vector<double> in_rounds(const std::vector<Round>& rounds, const Value& value) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const Round& round : rounds) values.push_back(value(round));
  return values;
}

}  // namespace purser::peers
