#include "disk_space.h"

#include <sys/statvfs.h>

#include <limits>

#include "posix.h"

namespace purser {

Status check_space(const std::string& path, std::uint64_t needed) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return io_error("query the space of", path);
  const std::uint64_t available = std::uint64_t{info.f_bavail} * info.f_frsize;
  if (available < needed) return NoSpace{path, available, needed};
  return {};
}

std::uint64_t reserve_and(std::uint64_t reserve, std::uint64_t more) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return more > most - reserve ? most : reserve + more;
}

}  // namespace purser
