// What a disk may hold when its power is cut: all that was written before the last flush, and any
// part of what was written after it.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "faults/disks/block_log.h"
#include "unique_fd.h"

namespace purser::faults {

class PowerCuts {
 public:
  /// `image` is a file that holds what the disk held before the log began; it follows the cuts,
  /// which must come in ascending order. Of the flushes, the last `lying` before a cut have not
  /// happened.
  PowerCuts(const BlockLog& log, const std::string& image, std::size_t lying);

  /// Makes the file `cut`: the disk as it may be when the first `entries` of the log had come.
  /// Returns how many of those after the last flush have left something.
  std::size_t make(std::size_t entries, const std::string& cut, std::mt19937_64& random);

 private:
  [[nodiscard]] std::size_t flushed_at(std::size_t entries) const;

  const BlockLog& log_;
  const std::string image_;
  const std::size_t lying_;
  UniqueFd fd_;
  std::size_t applied_ = 0;  // entries of the log that are in the image
};

}  // namespace purser::faults
