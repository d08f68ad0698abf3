// Counts what reaches a disk for good: syncs, removals, and writes of rows. One of them goes wrong.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "posix.h"
#include "store.h"

namespace purser {

enum class Trouble {
  dies_before,  // the process ends before the step; nothing happens any more
  dies_after,   // the same with the step done
  fails,        // the step is refused, and life goes on
};
inline constexpr Trouble kEveryTrouble[] = {Trouble::dies_before, Trouble::dies_after,
                                            Trouble::fails};

class Steps {
 public:
  /// `at`: the step that goes wrong, from 1.
  Steps(Trouble trouble, int at) : trouble_(trouble), at_(at) {}

  /// Takes a step; false if the caller must not know it done.
  template <class Effect>
  bool take(const std::string& name, const Effect& effect) {
    const std::lock_guard lock(mutex_);
    taken_.push_back(name);
    ++count_;
    if (dead_) return false;
    if (count_ != at_) return effect();
    had_trouble_ = true;
    dead_ = trouble_ != Trouble::fails;
    if (trouble_ == Trouble::dies_after) (void)effect();
    errno = EIO;
    return false;
  }
  [[nodiscard]] bool had_trouble() const { return had_trouble_; }
  [[nodiscard]] const std::vector<std::string>& taken() const { return taken_; }
  void forget() { taken_.clear(); }

 private:
  const Trouble trouble_;
  const int at_;
  std::mutex mutex_;  // guards all below
  int count_ = 0;
  bool dead_ = false;
  bool had_trouble_ = false;
  std::vector<std::string> taken_;
};

/// The name of what a descriptor has open.
inline std::string name_of(int fd) {
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)).filename().string();
}

/// Nothing is really synced: a process that dies takes no page of the system along.
inline SyncCalls stepped_calls(Steps& steps) {
  const auto nothing = [] { return true; };
  return {
      [&steps, nothing](int fd) {
        return steps.take("sync " + name_of(fd), nothing) ? 0 : (errno = EIO, -1);
      },
      [&steps, nothing](int) { return steps.take("sync all", nothing) ? 0 : (errno = EIO, -1); },
      [&steps](int directory, const char* name) {
        const auto remove = [&] { return ::unlinkat(directory, name, 0) == 0; };
        return steps.take("unlink " + std::string(name), remove) ? 0 : (errno = EIO, -1);
      }};
}

/// Rows that outlive the process that writes them.
class SteppedStore final : public Store {
 public:
  SteppedStore(Store& rows, Steps& steps) : rows_(rows), steps_(steps) {}
  [[nodiscard]] std::unique_ptr<RowReader> snapshot() const override { return rows_.snapshot(); }
  Status write(const WriteSet& changes) override {
    if (failed_) return Io{"write", "rows", "an earlier write failed"};
    if (steps_.take("write", [&] { return rows_.write(changes).has_value(); })) return {};
    failed_ = true;
    return Io{"write", "rows", "it was told to"};
  }
  Status drop(Space space, const KeyRange& range) override { return rows_.drop(space, range); }
  Status catch_up() override { return {}; }
  Status close() override { return {}; }

 private:
  Store& rows_;
  Steps& steps_;
  std::atomic<bool> failed_ = false;
};

}  // namespace purser
