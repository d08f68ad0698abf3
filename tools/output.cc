#include "output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace purser::tools {
namespace {

constexpr std::size_t kBufferBytes = 64ul << 10;

}  // namespace

int write_fully(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN ||
               errno == EWOULDBLOCK) {  // a descriptor that others set non-blocking
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

void Output::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    write_out(buffer_);
    buffer_.clear();
  }
  if (bytes.size() > kBufferBytes) {
    write_out(bytes);
  } else {
    buffer_ += bytes;
  }
}

void Output::line(std::string_view text) {
  write(text);
  write("\n");
}

void Output::json(const Json& value) { line(to_line(value)); }

void Output::write_out(std::string_view bytes) {
  if (error_ == 0) error_ = write_fully(STDOUT_FILENO, bytes);
}

Status Output::flush() {
  write_out(buffer_);
  buffer_.clear();
  if (error_ != 0) return Io{"write", "standard output", std::generic_category().message(error_)};
  return {};
}

}  // namespace purser::tools
