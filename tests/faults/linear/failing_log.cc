#include "faults/linear/failing_log.h"

#include <dlfcn.h>
#include <limits.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <string_view>
#include <thread>

namespace {

std::atomic<bool> writes_fail{false};
std::atomic<bool> syncs_fail{false};
std::atomic<long> sync_us{0};

bool is_log(int fd) {
  char name[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), name, sizeof name);
  return size > 0 && std::string_view(name, static_cast<std::size_t>(size)).ends_with(".log");
}

template <class Function>
Function* real(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

namespace purser::linear {

void break_log(LogFault fault) { (fault == LogFault::write ? writes_fail : syncs_fail) = true; }

void mend_log() { writes_fail = syncs_fail = false; }

void slow_log(std::chrono::microseconds sync) { sync_us = sync.count(); }

}  // namespace purser::linear

extern "C" {

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  static const auto found = real(&::pwrite, "pwrite");
  if (writes_fail && is_log(fd)) {
    errno = EIO;
    return -1;
  }
  return found(fd, data, size, at);
}

int fdatasync(int fd) {
  static const auto found = real(&::fdatasync, "fdatasync");
  const int outcome = found(fd);
  if (sync_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(sync_us));
  if (!syncs_fail || !is_log(fd)) return outcome;
  errno = EIO;
  return -1;
}

}  // extern "C"
