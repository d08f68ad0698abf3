#include "small_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix.h"
#include "try.h"
#include "unique_fd.h"

namespace purser {

Status create_small_file(const std::string& directory, const std::string& name,
                         std::string_view bytes) {
  const std::string path = directory + "/" + name;
  const std::string temporary = path + ".new";
  UniqueFd fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return io_error("create", temporary);
  PURSER_TRY(write_all(fd.get(), bytes, temporary));
  if (::fchmod(fd.get(), 0600) != 0) return io_error("chmod", temporary);
  if (::fsync(fd.get()) != 0) return io_error("sync", temporary);
  if (const int error = fd.close(); error != 0) return io_error("close", temporary, error);
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    if (error == EEXIST) return AlreadyExists{path};
    return io_error("rename", path, error);
  }
  return sync_directory(directory);
}

Result<std::optional<std::string>> read_small_file(const std::string& path, std::size_t bytes_max) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return io_error("open", path);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("stat", path);
  if (!S_ISREG(info.st_mode)) return io_error("open", path, EINVAL);
  std::string bytes(bytes_max, '\0');
  PURSER_ASSIGN(const std::size_t size, read_up_to(fd.get(), bytes.data(), bytes.size(), path));
  bytes.resize(size);
  return std::optional<std::string>(std::move(bytes));
}

Status sync_directory(const std::string& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return io_error("open", directory);
  if (::fsync(fd.get()) != 0) return io_error("sync", directory);
  return {};
}

}  // namespace purser
