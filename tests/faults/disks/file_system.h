// The file systems under which power is cut.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace purser::faults {

struct FileSystem {
  const char* type;
  std::uint64_t image_bytes;
  const char* make;  ///< the command that makes one in the file whose name follows
};

inline constexpr std::array<FileSystem, 3> kFileSystems{{
    {"ext4", std::uint64_t{96} << 20, "mkfs.ext4 -q -F -E nodiscard"},
    {"xfs", std::uint64_t{320} << 20, "mkfs.xfs -q -f -K"},
    {"btrfs", std::uint64_t{256} << 20, "mkfs.btrfs -q -f -K -d single -m single"},
}};

/// An empty one in the new file `image`. Says why where that is not possible.
std::string make_file_system(const FileSystem& system, const std::string& image);

}  // namespace purser::faults
