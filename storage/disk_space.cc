#include "disk_space.h"

#include <sys/statvfs.h>

#include <limits>

#include "posix.h"
#include "try.h"

namespace purser {

Result<std::uint64_t> bytes_left(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return io_error("query the space of", path);
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

Status check_space(const std::string& path, std::uint64_t needed) {
  PURSER_ASSIGN(const std::uint64_t available, bytes_left(path));
  if (available < needed) return NoSpace{path, available, needed};
  return {};
}

std::uint64_t reserve_and(std::uint64_t reserve, std::uint64_t more) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return more > most - reserve ? most : reserve + more;
}

}  // namespace purser
