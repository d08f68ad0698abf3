#include "posix.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace purser {

Error io_error(std::string_view operation, std::string_view path, int error) {
  return Io{std::string(operation), std::string(path), std::generic_category().message(error)};
}

Error io_error(std::string_view operation, std::string_view path) {
  return io_error(operation, path, errno);
}

Status write_all(int fd, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return io_error("write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::size_t> read_up_to(int fd, char* buffer, std::size_t size, std::string_view path) {
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(fd, buffer + have, size - have);
    if (got < 0) {
      if (errno == EINTR) continue;
      return io_error("read", path);
    }
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return have;
}

Result<std::size_t> read_up_to_at(int fd, char* buffer, std::size_t size, std::uint64_t offset,
                                  std::string_view path) {
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::pread(fd, buffer + have, size - have, static_cast<off_t>(offset + have));
    if (got < 0) {
      if (errno == EINTR) continue;
      return io_error("read", path);
    }
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return have;
}

ByteSource from_descriptor(int fd, std::string name) {
  return [fd, name = std::move(name)](char* buffer, std::size_t size) {
    return read_up_to(fd, buffer, size, name);
  };
}

ByteSink to_descriptor(int fd, std::string name) {
  return
      [fd, name = std::move(name)](std::string_view bytes) { return write_all(fd, bytes, name); };
}

const SyncCalls& system_sync_calls() {
  static const SyncCalls kCalls{
      [](int fd) { return ::fsync(fd); }, [](int fd) { return ::syncfs(fd); },
      [](int directory, const char* name) { return ::unlinkat(directory, name, 0); }};
  return kCalls;
}

}  // namespace purser
