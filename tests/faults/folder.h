// A folder of a program's own, in memory where there is room, gone with it.
#pragma once

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace purser::faults {

class Folder {
 public:
  /// `otherwise`: where it is made if there is no room in memory.
  Folder(const std::string& name, const std::string& otherwise) {
    constexpr std::uint64_t kRoomBytes = std::uint64_t{256} << 20;
    struct statvfs info {};
    const bool has_room = ::statvfs("/dev/shm", &info) == 0 &&
                          std::uint64_t{info.f_bavail} * info.f_frsize >= kRoomBytes;
    path_ = fmt::format("{}/purser-{}-{}", has_room ? "/dev/shm" : otherwise, name, ::getpid());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// A folder in it, emptied.
  [[nodiscard]] std::string fresh(const std::string& name) const {
    std::filesystem::remove_all(path_ + "/" + name);
    std::filesystem::create_directory(path_ + "/" + name);
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

}  // namespace purser::faults
