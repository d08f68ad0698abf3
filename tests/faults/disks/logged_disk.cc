// The FUSE file system with one file, and the process that serves it.
#include "faults/disks/logged_disk.h"

#define FUSE_USE_VERSION 31
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>

#include "check.h"
#include "faults/disks/block_log.h"
#include "unique_fd.h"

namespace purser::faults {
namespace {

constexpr std::string_view kName = "/disk";

// One for each server process, which serves on one thread.
struct Served {
  UniqueFd image;
  std::uint64_t bytes = 0;
  std::optional<BlockLogWriter> log;
};
Served served;

int get_attributes(const char* path, struct stat* info, fuse_file_info*) {
  *info = {};
  if (std::string_view(path) == "/") {
    info->st_mode = S_IFDIR | 0700;
    info->st_nlink = 2;
    return 0;
  }
  if (path != kName) return -ENOENT;
  info->st_mode = S_IFREG | 0600;
  info->st_nlink = 1;
  info->st_size = static_cast<off_t>(served.bytes);
  return 0;
}

int open_disk(const char* path, fuse_file_info*) { return path == kName ? 0 : -ENOENT; }

int read_disk(const char*, char* room, std::size_t size, off_t offset, fuse_file_info*) {
  const ssize_t got = ::pread(served.image.get(), room, size, offset);
  return got < 0 ? -errno : static_cast<int>(got);
}

int write_disk(const char*, const char* bytes, std::size_t size, off_t offset, fuse_file_info*) {
  const ssize_t put = ::pwrite(served.image.get(), bytes, size, offset);
  if (put < 0) return -errno;
  served.log->write(static_cast<std::uint64_t>(offset), bytes, static_cast<std::uint64_t>(put));
  return static_cast<int>(put);
}

int flush_disk(const char*, int, fuse_file_info*) {
  served.log->flush();
  return 0;
}

fuse_operations operations() {
  fuse_operations all{};
  all.getattr = get_attributes;
  all.open = open_disk;
  all.read = read_disk;
  all.write = write_disk;
  all.fsync = flush_disk;
  return all;
}

// Says on `ready` that it is mounted; returns when it is not any more.
void serve(const std::string& mountpoint, const UniqueFd& ready) {
  std::string name = "disk";
  char* arguments[] = {name.data(), nullptr};
  fuse_args args{1, static_cast<char**>(arguments), 0};
  const fuse_operations all = operations();
  fuse* const session = fuse_new(&args, &all, sizeof all, nullptr);
  PURSER_CHECK(session != nullptr && fuse_mount(session, mountpoint.c_str()) == 0, "FUSE");
  PURSER_CHECK(::write(ready.get(), "!", 1) == 1, "pipe");
  (void)fuse_loop(session);
}

}  // namespace

LoggedDisk::LoggedDisk(const std::string& path, const std::string& mountpoint,
                       const std::string& log, std::atomic<std::uint64_t>& count)
    : mountpoint_(mountpoint) {
  int ends[2];
  PURSER_CHECK(::pipe2(ends, O_CLOEXEC) == 0, "pipe");
  const UniqueFd told(ends[0]);
  UniqueFd ready(ends[1]);
  server_ = ::fork();
  PURSER_CHECK(server_ >= 0, "fork");
  if (server_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    served.image = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat info {};
    PURSER_CHECK(served.image.valid() && ::fstat(served.image.get(), &info) == 0, "the image");
    served.bytes = static_cast<std::uint64_t>(info.st_size);
    served.log.emplace(log, count);
    serve(mountpoint_, ready);
    ::_exit(0);
  }
  ready = UniqueFd();
  char byte = 0;
  PURSER_CHECK(::read(told.get(), &byte, 1) == 1, "the FUSE server did not start");
}

LoggedDisk::~LoggedDisk() {
  ::umount2(mountpoint_.c_str(), MNT_DETACH);
  ::kill(server_, SIGKILL);
  ::waitpid(server_, nullptr, 0);
}

}  // namespace purser::faults
