#include "support/file_calls.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstdarg>

namespace {

using purser::FileCall;
using Kind = purser::FileCall::Kind;

std::atomic<purser::FileCallHandler*> handler{nullptr};
thread_local bool inside = false;  // a handler, whose own calls are not seen

bool is_seen() { return handler.load(std::memory_order_acquire) != nullptr && !inside; }

template <class Go>
long see(FileCall call, const Go& go) {
  purser::FileCallHandler* const seen_by = handler.load(std::memory_order_acquire);
  if (seen_by == nullptr) return go(call);
  inside = true;
  const long answer = seen_by->handle(call, [&]() -> long { return go(call); });
  inside = false;
  return answer;
}

std::string folder_of_descriptor(int fd) {
  char name[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), name, sizeof name);
  return size > 0 ? std::string(name, static_cast<std::size_t>(size)) : std::string();
}

std::string absolute(int root, const char* path) {
  if (path[0] == '/') return path;
  if (root != AT_FDCWD) return folder_of_descriptor(root) + "/" + path;
  char name[PATH_MAX];
  return std::string(getcwd(name, sizeof name) == nullptr ? "" : name) + "/" + path;
}

// A file without a name is nobody's.
bool may_change(std::uint64_t flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0 && (flags & O_TMPFILE) != O_TMPFILE;
}

mode_t mode_of_call(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
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

template <class Go>
int see_open(int root, const char* path, std::uint64_t flags, const Go& go) {
  if (!is_seen() || !may_change(flags)) return static_cast<int>(go());
  FileCall call{.kind = Kind::create, .path = absolute(root, path)};
  call.flags = static_cast<int>(flags);
  return static_cast<int>(see(call, [&](const FileCall&) { return go(); }));
}

template <class Go>
int see_named(Kind kind, const std::string& path, const std::string& to, const Go& go,
              unsigned flags = 0) {
  return static_cast<int>(
      see({.kind = kind, .path = path, .to = to, .flags = static_cast<int>(flags)},
          [&](const FileCall&) { return go(); }));
}

template <class Go>
int see_open_file(FileCall call, const Go& go) {
  if (!is_seen()) return go();
  return static_cast<int>(see(call, [&](const FileCall&) { return go(); }));
}

}  // namespace

namespace purser {

std::string_view to_string(FileCall::Kind kind) {
  constexpr std::array<std::string_view, 12> kNames{
      "create", "write", "sync",   "sync all",    "truncate",      "allocate",
      "rename", "link",  "unlink", "make folder", "remove folder", "close"};
  return kNames[static_cast<std::size_t>(kind)];
}

void handle_file_calls(FileCallHandler* new_handler) { handler = new_handler; }

}  // namespace purser

// Found before those of the C library by all that is linked, RocksDB too. Under a sanitizer, which
// stands there itself, by our own code alone.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#pragma GCC visibility push(default)
#else
#pragma GCC visibility push(hidden)
#endif
extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  if (!is_seen()) return REAL(write)(fd, data, size);
  return see({.kind = Kind::write, .fd = fd, .bytes = {static_cast<const char*>(data), size}},
             [&](const FileCall& call) { return REAL(write)(fd, data, call.bytes.size()); });
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  if (!is_seen()) return REAL(pwrite)(fd, data, size, at);
  return see(
      {.kind = Kind::write, .fd = fd, .bytes = {static_cast<const char*>(data), size}, .at = at},
      [&](const FileCall& call) { return REAL(pwrite)(fd, data, call.bytes.size(), at); });
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  return pwrite(fd, data, size, at);
}
int fsync(int fd) {
  return see_open_file({.kind = Kind::sync, .fd = fd}, [&] { return REAL(fsync)(fd); });
}
int fdatasync(int fd) {
  return see_open_file({.kind = Kind::sync, .fd = fd}, [&] { return REAL(fdatasync)(fd); });
}
int syncfs(int fd) noexcept {
  return see_open_file({.kind = Kind::sync_all, .fd = fd}, [&] { return REAL(syncfs)(fd); });
}
int ftruncate(int fd, off_t size) noexcept {
  return see_open_file({.kind = Kind::truncate, .fd = fd, .length = size},
                       [&] { return REAL(ftruncate)(fd, size); });
}
int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }
int fallocate(int fd, int mode, off_t at, off_t size) {
  return see_open_file({.kind = Kind::allocate, .fd = fd, .flags = mode, .at = at, .length = size},
                       [&] { return REAL(fallocate)(fd, mode, at, size); });
}
int close(int fd) {
  return see_open_file({.kind = Kind::close, .fd = fd}, [&] { return REAL(close)(fd); });
}
int rename(const char* from, const char* to) noexcept {
  if (!is_seen()) return REAL(rename)(from, to);
  return see_named(Kind::rename, absolute(AT_FDCWD, from), absolute(AT_FDCWD, to),
                   [&] { return REAL(rename)(from, to); });
}
int renameat(int from_root, const char* from, int to_root, const char* to) noexcept {
  if (!is_seen()) return REAL(renameat)(from_root, from, to_root, to);
  return see_named(Kind::rename, absolute(from_root, from), absolute(to_root, to),
                   [&] { return REAL(renameat)(from_root, from, to_root, to); });
}
int renameat2(int from_root, const char* from, int to_root, const char* to,
              unsigned flags) noexcept {
  if (!is_seen()) return REAL(renameat2)(from_root, from, to_root, to, flags);
  return see_named(
      Kind::rename, absolute(from_root, from), absolute(to_root, to),
      [&] { return REAL(renameat2)(from_root, from, to_root, to, flags); }, flags);
}
int link(const char* from, const char* to) noexcept {
  if (!is_seen()) return REAL(link)(from, to);
  return see_named(Kind::link, absolute(AT_FDCWD, from), absolute(AT_FDCWD, to),
                   [&] { return REAL(link)(from, to); });
}
int linkat(int from_root, const char* from, int to_root, const char* to, int flags) noexcept {
  if (!is_seen()) return REAL(linkat)(from_root, from, to_root, to, flags);
  return see_named(Kind::link, absolute(from_root, from), absolute(to_root, to),
                   [&] { return REAL(linkat)(from_root, from, to_root, to, flags); });
}
int unlink(const char* path) noexcept {
  if (!is_seen()) return REAL(unlink)(path);
  return see_named(Kind::unlink, absolute(AT_FDCWD, path), {}, [&] { return REAL(unlink)(path); });
}
int unlinkat(int root, const char* path, int flags) noexcept {
  if (!is_seen()) return REAL(unlinkat)(root, path, flags);
  const Kind kind = (flags & AT_REMOVEDIR) != 0 ? Kind::remove_folder : Kind::unlink;
  return see_named(kind, absolute(root, path), {},
                   [&] { return REAL(unlinkat)(root, path, flags); });
}
int rmdir(const char* path) noexcept {
  if (!is_seen()) return REAL(rmdir)(path);
  return see_named(Kind::remove_folder, absolute(AT_FDCWD, path), {},
                   [&] { return REAL(rmdir)(path); });
}
int mkdir(const char* path, mode_t mode) noexcept {
  if (!is_seen()) return REAL(mkdir)(path, mode);
  return see_named(Kind::make_folder, absolute(AT_FDCWD, path), {},
                   [&] { return REAL(mkdir)(path, mode); });
}
int mkdirat(int root, const char* path, mode_t mode) noexcept {
  if (!is_seen()) return REAL(mkdirat)(root, path, mode);
  return see_named(Kind::make_folder, absolute(root, path), {},
                   [&] { return REAL(mkdirat)(root, path, mode); });
}
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of_call(flags, arguments);
  va_end(arguments);
  return see_open(AT_FDCWD, path, static_cast<unsigned>(flags),
                  [&] { return REAL(open)(path, flags, mode); });
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of_call(flags, arguments);
  va_end(arguments);
  return see_open(AT_FDCWD, path, static_cast<unsigned>(flags),
                  [&] { return REAL(open64)(path, flags, mode); });
}
int openat(int root, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of_call(flags, arguments);
  va_end(arguments);
  return see_open(root, path, static_cast<unsigned>(flags),
                  [&] { return REAL(openat)(root, path, flags, mode); });
}
// The way to openat2, which the C library has no function for.
long syscall(long number, ...) noexcept {
  va_list arguments;
  va_start(arguments, number);
  long values[6];
  for (long& value : values) value = va_arg(arguments, long);
  va_end(arguments);
  const auto go = [&] {
    return REAL(syscall)(number, values[0], values[1], values[2], values[3], values[4], values[5]);
  };
  if (number != SYS_openat2) return go();
  return see_open(static_cast<int>(values[0]), reinterpret_cast<const char*>(values[1]),
                  reinterpret_cast<const open_how*>(values[2])->flags, go);
}

}  // extern "C"
#pragma GCC visibility pop
