// Which files commits refer to while a collection is under way, which looks at an earlier state.
//
// A commit notes every file that it refers to while it is decided. A collection begins between two
// commits, then takes its snapshot; it erases chunk lists between two commits, too, and none that
// was noted. So a list that a commit relies on was in the snapshot of the collection, or is noted,
// or was erased before the commit was decided, which then writes it again: `erasures` tells.
// Threads: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_set>

#include "hash.h"
#include "purser/types.h"

namespace purser {

class FileNotes {
 public:
  void begin() {
    const std::lock_guard lock(mutex_);
    collecting_ = true;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    collecting_ = false;
    noted_.clear();
  }

  void note(const Digest& file) {
    const std::lock_guard lock(mutex_);
    if (collecting_) noted_.insert(file);
  }
  [[nodiscard]] bool contains(const Digest& file) const {
    const std::lock_guard lock(mutex_);
    return noted_.contains(file);
  }

  /// How often chunk lists have been erased.
  [[nodiscard]] std::uint64_t erasures() const {
    const std::lock_guard lock(mutex_);
    return erasures_;
  }
  void count_erasure() {
    const std::lock_guard lock(mutex_);
    ++erasures_;
  }

 private:
  mutable std::mutex mutex_;  // guards all below
  bool collecting_ = false;
  std::unordered_set<Digest, DigestHash> noted_;
  std::uint64_t erasures_ = 0;
};

}  // namespace purser
