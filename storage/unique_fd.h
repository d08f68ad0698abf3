// Owns one open file descriptor, or none.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace purser {

class UniqueFd {
 public:
  UniqueFd() = default;
  /// Takes `fd` over; below 0 means none.
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = other.release();
    }
    return *this;
  }
  ~UniqueFd() { close(); }

  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int get() const { return fd_; }
  /// Gives the descriptor up to the caller.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  /// Closes now. 0, or the errno; the descriptor is gone in either case. Leaves `errno` alone.
  int close() {
    if (fd_ < 0) return 0;
    const int saved = errno;
    const int result = ::close(release()) == 0 ? 0 : errno;
    errno = saved;
    return result;
  }

 private:
  int fd_ = -1;
};

}  // namespace purser
