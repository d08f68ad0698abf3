#include "small_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix.h"
#include "try.h"
#include "unique_fd.h"

namespace purser {

namespace {

std::string temporary_of(const std::string& path) { return path + ".new"; }

// Makes a file that nobody looks for yet.
Status write_temporary(const std::string& temporary, std::string_view bytes) {
  UniqueFd fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return io_error("create", temporary);
  PURSER_TRY(write_all(fd.get(), bytes, temporary));
  if (::fchmod(fd.get(), 0600) != 0) return io_error("chmod", temporary);
  if (::fsync(fd.get()) != 0) return io_error("sync", temporary);
  if (const int error = fd.close(); error != 0) return io_error("close", temporary, error);
  return {};
}

// Gives it the name that is looked for.
Status rename_temporary(const std::string& path, unsigned flags) {
  const std::string temporary = temporary_of(path);
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), flags) == 0) return {};
  const int error = errno;
  ::unlink(temporary.c_str());
  if (error == EEXIST) return AlreadyExists{path, "a file"};
  return io_error("rename", path, error);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Status create_small_file(const std::string& directory, const std::string& name,
                         std::string_view bytes) {
  const std::string path = directory + "/" + name;
  PURSER_TRY(write_temporary(temporary_of(path), bytes));
  PURSER_TRY(rename_temporary(path, RENAME_NOREPLACE));
  return sync_directory(directory);
}

Status replace_small_file(const std::string& path, std::string_view bytes) {
  PURSER_TRY(write_temporary(temporary_of(path), bytes));
  PURSER_TRY(rename_temporary(path, 0));
  return sync_directory(directory_of(path));
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
