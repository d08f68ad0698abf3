// What a disk was told, in order: every write with its bytes, and every flush.
//
// Two files, written by the process that plays the disk and read by the one that cuts its power;
// how many entries there are stands in memory that all processes share.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "unique_fd.h"

namespace purser::faults {

struct BlockEntry {
  std::uint64_t offset = 0;  ///< on the disk
  std::uint64_t length = 0;  ///< 0: a flush
  std::uint64_t stored = 0;  ///< where in the file of bytes
  [[nodiscard]] bool is_flush() const { return length == 0; }
};

class BlockLogWriter {
 public:
  /// `count` is shared with whoever wants to know how far the log is.
  BlockLogWriter(const std::string& directory, std::atomic<std::uint64_t>& count);
  void write(std::uint64_t offset, const char* bytes, std::uint64_t length);
  void flush();

 private:
  void add(const BlockEntry& entry);
  UniqueFd entries_;
  UniqueFd bytes_;
  std::uint64_t stored_ = 0;
  std::atomic<std::uint64_t>& count_;
};

/// The same files, read.
class BlockLog {
 public:
  explicit BlockLog(const std::string& directory);
  [[nodiscard]] const std::vector<BlockEntry>& entries() const { return entries_; }
  [[nodiscard]] std::string bytes(const BlockEntry& entry) const;

 private:
  std::vector<BlockEntry> entries_;
  UniqueFd bytes_;
};

}  // namespace purser::faults
