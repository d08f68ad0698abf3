#include "support/file_steps.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <string>
#include <string_view>

namespace {

std::atomic<bool> counting{false};
std::atomic<long> steps{0};
long fatal_step = 0;
std::atomic<bool> failing{false};
std::atomic<long> pack_writes{0};
long failing_write = 0;

bool is_fatal() { return counting && ++steps == fatal_step; }

void die_if_fatal() {
  if (is_fatal()) raise(SIGKILL);
}

bool is_pack(int fd) {
  char name[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), name, sizeof name);
  return size > 0 && std::string_view(name, static_cast<std::size_t>(size)).ends_with(".pack");
}

bool is_failing(int fd) { return failing && is_pack(fd) && ++pack_writes == failing_write; }

// What a write does at a step; `half` writes the first half of it.
template <class Half, class Whole>
ssize_t write_step(int fd, const Half& half, const Whole& whole) {
  if (is_fatal()) {
    (void)half();
    raise(SIGKILL);
  }
  if (!is_failing(fd)) return whole();
  (void)half();
  errno = EIO;
  return -1;
}

template <class Function>
Function* real(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define REAL(name)                                  \
  ([] {                                             \
    static const auto found = real(&::name, #name); \
    return found;                                   \
  }())

mode_t mode_of_call(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

namespace purser {

void die_at_file_step(long step) {
  fatal_step = step;
  steps = 0;
  counting = true;
}

void fail_at_pack_write(long write) {
  failing_write = write;
  pack_writes = 0;
  failing = true;
}

}  // namespace purser

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  return write_step(
      fd, [&] { return REAL(write)(fd, data, size / 2); },
      [&] { return REAL(write)(fd, data, size); });
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return write_step(
      fd, [&] { return REAL(pwrite)(fd, data, size / 2, at); },
      [&] { return REAL(pwrite)(fd, data, size, at); });
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  return write_step(
      fd, [&] { return REAL(pwrite64)(fd, data, size / 2, at); },
      [&] { return REAL(pwrite64)(fd, data, size, at); });
}
int fsync(int fd) {
  die_if_fatal();
  return REAL(fsync)(fd);
}
int fdatasync(int fd) {
  die_if_fatal();
  return REAL(fdatasync)(fd);
}
int syncfs(int fd) noexcept {
  die_if_fatal();
  return REAL(syncfs)(fd);
}
int ftruncate(int fd, off_t size) noexcept {
  die_if_fatal();
  return REAL(ftruncate)(fd, size);
}
int ftruncate64(int fd, off64_t size) noexcept {
  die_if_fatal();
  return REAL(ftruncate64)(fd, size);
}
int fallocate(int fd, int mode, off_t at, off_t size) {
  die_if_fatal();
  return REAL(fallocate)(fd, mode, at, size);
}
int rename(const char* from, const char* to) noexcept {
  die_if_fatal();
  return REAL(rename)(from, to);
}
int renameat(int from_root, const char* from, int to_root, const char* to) noexcept {
  die_if_fatal();
  return REAL(renameat)(from_root, from, to_root, to);
}
int renameat2(int from_root, const char* from, int to_root, const char* to,
              unsigned flags) noexcept {
  die_if_fatal();
  return REAL(renameat2)(from_root, from, to_root, to, flags);
}
int link(const char* from, const char* to) noexcept {
  die_if_fatal();
  return REAL(link)(from, to);
}
int linkat(int from_root, const char* from, int to_root, const char* to, int flags) noexcept {
  die_if_fatal();
  return REAL(linkat)(from_root, from, to_root, to, flags);
}
int unlink(const char* path) noexcept {
  die_if_fatal();
  return REAL(unlink)(path);
}
int unlinkat(int root, const char* path, int flags) noexcept {
  die_if_fatal();
  return REAL(unlinkat)(root, path, flags);
}
int mkdir(const char* path, mode_t mode) noexcept {
  die_if_fatal();
  return REAL(mkdir)(path, mode);
}
int mkdirat(int root, const char* path, mode_t mode) noexcept {
  die_if_fatal();
  return REAL(mkdirat)(root, path, mode);
}
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of_call(flags, arguments);
  va_end(arguments);
  if ((flags & O_CREAT) != 0) die_if_fatal();
  return REAL(open)(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of_call(flags, arguments);
  va_end(arguments);
  if ((flags & O_CREAT) != 0) die_if_fatal();
  return REAL(open64)(path, flags, mode);
}
int openat(int root, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of_call(flags, arguments);
  va_end(arguments);
  if ((flags & O_CREAT) != 0) die_if_fatal();
  return REAL(openat)(root, path, flags, mode);
}
// The way to openat2, which the C library has no function for.
long syscall(long number, ...) noexcept {
  va_list arguments;
  va_start(arguments, number);
  long values[6];
  for (long& value : values) value = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_openat2) {
    const auto* how = reinterpret_cast<const open_how*>(values[2]);
    if ((how->flags & O_CREAT) != 0) die_if_fatal();
  }
  return REAL(syscall)(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

}  // extern "C"
