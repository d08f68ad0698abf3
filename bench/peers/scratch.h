// A directory for one run, on the disk that is measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace purser::peers {

/// Ends the program, saying what failed and why, which is in `errno`.
[[noreturn]] void fail_by_errno(std::string_view what);

/// A new directory below `parent`; goes with its owner.
class Scratch {
 public:
  explicit Scratch(const std::string& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Writes out what earlier runs have left in memory, so that it is not charged to the next one.
void settle_disk(const std::string& directory);

/// Waits until this process has nothing to do any more, such as compactions; a minute or two at
/// most.
void settle_process();

/// A copy of a directory of files.
void copy_directory(const std::string& from, const std::string& to);

}  // namespace purser::peers
