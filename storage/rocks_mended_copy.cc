#include "rocks_mended_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <vector>

#include "beneath.h"
#include "posix.h"
#include "small_file.h"
#include "try.h"
#include "unique_fd.h"

namespace purser {
namespace {

constexpr std::size_t kCopiedPieceBytes = std::size_t{1} << 20;

Result<UniqueFd> open_directory(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return own_file_error("'" + path + "'", errno);
  return fd;
}

// At most the first `size` bytes.
Status copy_bytes(int from, int to, std::uint64_t size, const std::string& name) {
  std::string room(std::min<std::uint64_t>(kCopiedPieceBytes, size), '\0');
  while (size > 0) {
    const std::size_t wanted = std::min<std::uint64_t>(room.size(), size);
    PURSER_ASSIGN(const std::size_t got, read_up_to(from, room.data(), wanted, name));
    PURSER_TRY(write_all(to, std::string_view(room).substr(0, got), name));
    size -= got;
    if (got < wanted) break;
  }
  return {};
}

class MendedCopy {
 public:
  MendedCopy(UniqueFd from, UniqueFd to) : from_(std::move(from)), to_(std::move(to)) {}

  Status run(const std::string& database, const ManifestEnd& manifest) {
    PURSER_ASSIGN(const std::vector<std::string> names, list_names(from_.get(), database));
    for (const std::string& name : names) {
      PURSER_TRY(take(name, name == manifest.name ? manifest.whole_bytes
                                                  : std::numeric_limits<std::uint64_t>::max()));
    }
    if (::fsync(to_.get()) != 0) return io_error("sync", database);
    return {};
  }

 private:
  Status take(const std::string& name, std::uint64_t bytes_max) {
    struct stat info {};
    if (::fstatat(from_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return io_error("stat", name);
    }
    if (!S_ISREG(info.st_mode)) return {};
    if (name.ends_with(".sst")) {
      if (::linkat(from_.get(), name.c_str(), to_.get(), name.c_str(), 0) == 0) return {};
      return io_error("link", name);
    }
    const UniqueFd source = open_beneath(from_.get(), name, O_RDONLY | O_NONBLOCK);
    if (!source.valid()) return own_file_error("'" + name + "'", errno);
    UniqueFd target(::openat(to_.get(), name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!target.valid()) return io_error("create", name);
    PURSER_TRY(copy_bytes(source.get(), target.get(), bytes_max, name));
    if (::fsync(target.get()) != 0) return io_error("sync", name);
    if (const int error = target.close(); error != 0) return io_error("close", name, error);
    return {};
  }

  UniqueFd from_;
  UniqueFd to_;
};

}  // namespace

Status make_mended_copy(const std::string& database, const ManifestEnd& manifest,
                        const std::string& copy) {
  PURSER_ASSIGN(UniqueFd from, open_directory(database));
  if (::mkdir(copy.c_str(), 0700) != 0) return io_error("create", copy);
  PURSER_ASSIGN(UniqueFd to, open_directory(copy));
  return MendedCopy(std::move(from), std::move(to)).run(database, manifest);
}

}  // namespace purser
