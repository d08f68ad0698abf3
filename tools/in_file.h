// A file that is read from its beginning to its end.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "interruptible.h"
#include "purser/status.h"

namespace purser::tools {

/// Open for reading while it lives; `-` is standard input. Errors: NotFound, Io.
class InFile {
 public:
  static Result<InFile> open(const std::string& path) {
    InFile file;
    file.name_ = path == "-" ? "standard input" : path;
    file.fd_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file.fd_ >= 0) return file;
    if (errno == ENOENT) return NotFound{{}, "file '" + path + "'"};
    return Io{"open", path, std::generic_category().message(errno)};
  }
  InFile(InFile&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), name_(std::move(other.name_)) {}
  InFile& operator=(InFile&&) = delete;
  ~InFile() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Of its bytes, while it lives.
  [[nodiscard]] ByteSource source() const { return interruptible(fd_, name_); }

 private:
  InFile() = default;
  int fd_ = -1;
  std::string name_;
};

}  // namespace purser::tools
