#include "interruptible.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "interrupt.h"

namespace purser::tools {
namespace {

constexpr int kSignalCheckMs = 100;

// Waits until `fd` can be read or a signal has come. A signal just before a plain read would be
// missed until the next byte comes; here it is seen after a moment.
void wait_for_input(int fd) {
  pollfd input{fd, POLLIN, 0};
  while (!interrupted() && ::poll(&input, 1, kSignalCheckMs) <= 0) {
  }
}

}  // namespace

ByteSource interruptible(int fd, std::string name) {
  return [fd, name = std::move(name)](char* buffer, std::size_t size) -> Result<std::size_t> {
    while (true) {
      wait_for_input(fd);
      if (interrupted()) return Cancelled{};
      const ssize_t count = ::read(fd, buffer, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno == EINTR || errno == EAGAIN) continue;
      return Io{"read", name, std::generic_category().message(errno)};
    }
  };
}

}  // namespace purser::tools
