// A file that stands for a disk: served by a process of its own through FUSE, which keeps a log of
// every write and flush. A loop device over it is the disk.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace purser::faults {

class LoggedDisk {
 public:
  /// Serves the image `path` as `mountpoint`/disk, and logs in `log`, a directory. Both exist.
  LoggedDisk(const std::string& path, const std::string& mountpoint, const std::string& log,
             std::atomic<std::uint64_t>& count);
  ~LoggedDisk();
  LoggedDisk(const LoggedDisk&) = delete;
  LoggedDisk& operator=(const LoggedDisk&) = delete;

  [[nodiscard]] std::string file() const { return mountpoint_ + "/disk"; }

 private:
  std::string mountpoint_;
  pid_t server_ = -1;
};

}  // namespace purser::faults
