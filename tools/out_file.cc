#include "out_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace purser::tools {

Result<OutFile> OutFile::open(const std::string& path) {
  OutFile file;
  file.name_ = path;
  if (path == "-") {
    file.fd_ = STDOUT_FILENO;
    file.name_ = "standard output";
    return file;
  }
  struct stat info {};
  const bool is_special = ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  int flags = O_WRONLY | O_CLOEXEC;
  if (!is_special) {
    file.part_ = fmt::format("{}.{}.part", path, ::getpid());
    flags |= O_CREAT | O_EXCL | O_NOFOLLOW;
  }
  file.fd_ = ::open((is_special ? path : file.part_).c_str(), flags, 0600);
  if (file.fd_ >= 0) return file;
  const Error error = file.failed("create");
  file.part_.clear();  // it is not ours
  return error;
}

OutFile::OutFile(OutFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      part_(std::exchange(other.part_, {})) {}

OutFile::~OutFile() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
  if (!part_.empty()) ::unlink(part_.c_str());
}

Status OutFile::commit() {
  if (part_.empty()) return {};
  if (::fsync(fd_) != 0) return failed("sync");
  if (::close(std::exchange(fd_, -1)) != 0) return failed("close");
  if (std::rename(part_.c_str(), name_.c_str()) != 0) return failed("rename");
  part_.clear();
  const std::string folder = std::filesystem::path(name_).parent_path().string();
  const int directory =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int synced = directory < 0 ? -1 : ::fsync(directory);
  const Status status = synced == 0 ? Status() : Status(failed("sync the folder of"));
  if (directory >= 0) ::close(directory);
  return status;
}

Error OutFile::failed(const char* operation) const {
  return Io{operation, name_, std::generic_category().message(errno)};
}

}  // namespace purser::tools
