// What a process and a ledger's directory take, sampled now and then, and whether it is flat.
//
// Flat: the median of the last quarter of the samples is at most `share` of the median of the
// second quarter above that, and `allowed` besides. The first quarter is left out: caches fill.
//
// Tables and packs hold what the ledger keeps for ever, so there may be one more for every 4 MiB
// that it has grown; and open they are as often as there are handles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace purser::faults {

struct Sample {
  std::uint64_t memory_bytes = 0;    ///< that the allocator has given out
  std::uint64_t resident_bytes = 0;  ///< also what it keeps for later
  std::uint64_t descriptors = 0;     ///< open, but for tables and packs that are in the directory
  std::uint64_t files = 0;           ///< in the directory, at any depth, but for these
  std::uint64_t tables = 0;          ///< these, packs included
  std::uint64_t table_opens = 0;     ///< how often a hundred of them are open
  std::uint64_t disk_bytes = 0;      ///< that they take; the log grows for ever, so it is only told
};

class Gauge {
 public:
  explicit Gauge(std::string directory) : directory_(std::move(directory)) {}

  void take();

  /// One line each for what is not flat; none: all is.
  [[nodiscard]] std::vector<std::string> not_flat() const;
  /// The medians of both quarters.
  [[nodiscard]] std::string figures() const;

 private:
  const std::string directory_;
  std::vector<Sample> samples_;
};

}  // namespace purser::faults
