#include "writer_lock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "hash.h"
#include "posix.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint32_t kLockFormat = 1;

struct LockBytes {
  std::array<char, 8> magic{'P', 'R', 'S', 'R', 'L', 'O', 'C', 'K'};
  std::uint32_t format = kLockFormat;
  std::uint32_t reserved = 0;
  std::int64_t pid = 0;
  std::uint64_t durable_position = 0;
};
static_assert(sizeof(LockBytes) == 32);

constexpr off_t kWriterRange = 0;     // locked by whoever writes
constexpr off_t kPublishedRange = 1;  // locked while durable_position is valid

std::string path_in(const std::string& directory) { return directory + "/LOCK"; }

struct flock range_lock(off_t start) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = 1;
  return lock;
}

bool take(int fd, off_t start) {
  struct flock lock = range_lock(start);
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

Result<bool> is_taken(int fd, off_t start, const std::string& path) {
  struct flock lock = range_lock(start);
  if (::fcntl(fd, F_OFD_GETLK, &lock) != 0) return io_error("query the lock of", path);
  return lock.l_type != F_UNLCK;
}

// What the file says; nothing where it is not whole. Only a newer format is an error: the content
// is worth nothing without the kernel's lock.
Result<std::optional<LockBytes>> read_bytes(int fd, const std::string& path) {
  LockBytes bytes;
  const ssize_t size = ::pread(fd, &bytes, sizeof bytes, 0);
  if (size < 0) return io_error("read", path);
  if (size != sizeof bytes || bytes.magic != LockBytes{}.magic) return std::optional<LockBytes>();
  if (bytes.format > kLockFormat) return UnsupportedVersion{path, bytes.format, kLockFormat};
  return std::optional(bytes);
}

Status put(int fd, std::string_view bytes, std::size_t at, const std::string& path) {
  // Written before it is mapped: a store into a mapped hole would end the process on a full disk.
  const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
  if (written == static_cast<ssize_t>(bytes.size())) return {};
  return written < 0 ? io_error("write", path) : io_error("write", path, ENOSPC);
}

// In place of what a power cut has left of one that was not synced. The magic comes when all else
// is durable: whatever is left of this one is not taken for a file of a newer format.
Status put_new(int fd, const LockBytes& bytes, const std::string& path) {
  const std::string_view all = as_bytes(bytes);
  if (::ftruncate(fd, 0) != 0) return io_error("empty", path);
  PURSER_TRY(put(fd, all.substr(sizeof bytes.magic), sizeof bytes.magic, path));
  if (::fsync(fd) != 0) return io_error("sync", path);
  PURSER_TRY(put(fd, all.substr(0, sizeof bytes.magic), 0, path));
  if (::fsync(fd) != 0) return io_error("sync", path);
  return {};
}

}  // namespace

Result<WriterLock> WriterLock::acquire(const std::string& directory) {
  WriterLock lock;
  lock.path_ = path_in(directory);
  lock.fd_ = UniqueFd(::open(lock.path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.fd_.valid()) return io_error("open", lock.path_);
  if (!take(lock.fd_.get(), kWriterRange)) {
    if (errno != EAGAIN && errno != EACCES) return io_error("lock", lock.path_);
    PURSER_ASSIGN(const auto holder, read_bytes(lock.fd_.get(), lock.path_));
    return Busy{holder.value_or(LockBytes{}).pid};
  }
  struct stat ours {};
  if (::fstat(lock.fd_.get(), &ours) != 0) return io_error("stat", lock.path_);
  lock.device_ = ours.st_dev;
  lock.inode_ = ours.st_ino;
  PURSER_ASSIGN(const auto before, read_bytes(lock.fd_.get(), lock.path_));
  lock.pid_ = ::getpid();
  LockBytes bytes = before.value_or(LockBytes{});
  bytes.pid = lock.pid_;
  if (before) {  // the rest is durable, and stays as it is
    const std::string_view pid = as_bytes(bytes).substr(offsetof(LockBytes, pid), sizeof bytes.pid);
    PURSER_TRY(put(lock.fd_.get(), pid, offsetof(LockBytes, pid), lock.path_));
  } else {
    PURSER_TRY(put_new(lock.fd_.get(), bytes, lock.path_));
  }
  void* mapping =
      ::mmap(nullptr, sizeof bytes, PROT_READ | PROT_WRITE, MAP_SHARED, lock.fd_.get(), 0);
  if (mapping == MAP_FAILED) return io_error("map", lock.path_);
  lock.mapping_ = mapping;
  return lock;
}

WriterLock::WriterLock(WriterLock&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::move(other.fd_)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      device_(other.device_),
      inode_(other.inode_),
      pid_(other.pid_),
      published_(other.published_) {}

WriterLock::~WriterLock() {
  if (mapping_ != nullptr) ::munmap(mapping_, sizeof(LockBytes));
}

Status WriterLock::publish(Position durable) {
  auto* bytes = static_cast<LockBytes*>(mapping_);
  std::atomic_ref(bytes->durable_position).store(durable.value, std::memory_order_release);
  if (published_) return {};
  if (!take(fd_.get(), kPublishedRange)) return io_error("lock", path_);
  published_ = true;
  return {};
}

Status WriterLock::check() const {
  if (::getpid() != pid_) return ReadOnly{ReadOnlyReason::forked};
  struct stat named {};
  if (::stat(path_.c_str(), &named) != 0) return io_error("stat", path_);
  if (named.st_ino != inode_ || named.st_dev != device_) {
    return Io{"hold", path_, "the lock file was replaced by another"};
  }
  return {};
}

Result<std::optional<WriterLock::Holder>> WriterLock::probe(const std::string& directory) {
  const std::string path = path_in(directory);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return std::optional<Holder>();
    return io_error("open", path);
  }
  PURSER_ASSIGN(const bool writing, is_taken(fd.get(), kWriterRange, path));
  if (!writing) return std::optional<Holder>();
  PURSER_ASSIGN(const bool published, is_taken(fd.get(), kPublishedRange, path));
  PURSER_ASSIGN(const auto found, read_bytes(fd.get(), path));
  const LockBytes bytes = found.value_or(LockBytes{});
  Holder holder{bytes.pid, std::nullopt};
  if (published) holder.durable = Position{bytes.durable_position};
  return std::optional<Holder>(holder);
}

}  // namespace purser
