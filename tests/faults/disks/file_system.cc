// Making a file system with the tools of the machine.
#include "faults/disks/file_system.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace purser::faults {

std::string make_file_system(const FileSystem& system, const std::string& image) {
  std::ofstream(image).close();
  std::filesystem::resize_file(image, system.image_bytes);
  const std::string command =
      std::string("PATH=$PATH:/usr/sbin:/sbin ") + system.make + " '" + image + "' >/dev/null 2>&1";
  if (std::system(command.c_str()) == 0) return {};  // NOLINT: nothing of it comes from outside
  return std::string(system.make) + " failed";
}

}  // namespace purser::faults
