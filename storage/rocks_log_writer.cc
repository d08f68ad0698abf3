#include "rocks_log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "rocks_files.h"

namespace purser {
namespace {

using rocksdb::IOStatus;

constexpr std::uint64_t kShortBytes = 64 << 10;
constexpr std::uint64_t kAheadBytesMax = 1 << 20;
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::size_t kZerosBytes = 256 << 10;  // written at once

thread_local std::chrono::nanoseconds last_sync_time{};

// Writes all of it, or sets errno.
bool write_at(int fd, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return true;
}

}  // namespace

RocksLogWriter::RocksLogWriter(std::string path, UniqueFd fd)
    : path_(std::move(path)), pid_(::getpid()), fd_(std::move(fd)) {}

RocksLogWriter::~RocksLogWriter() {
  if (fd_.valid()) Close({}, nullptr).PermitUncheckedError();
}

IOStatus RocksLogWriter::make(const std::string& path,
                              std::unique_ptr<rocksdb::FSWritableFile>& made) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return rocks_io_status("open", path);
  made.reset(new RocksLogWriter(path, std::move(fd)));
  return IOStatus::OK();
}

IOStatus RocksLogWriter::Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions&,
                                rocksdb::IODebugContext*) {
  if (!write_at(fd_.get(), bytes.ToStringView(), size_)) return rocks_io_status("write", path_);
  size_ += bytes.size();
  if (size_ > ahead_ && size_ >= kShortBytes) write_ahead();
  return IOStatus::OK();
}

IOStatus RocksLogWriter::Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                                const rocksdb::DataVerificationInfo&,
                                rocksdb::IODebugContext* debug) {
  return Append(bytes, options, debug);
}

// The sync that makes the record durable takes the zeros along.
void RocksLogWriter::write_ahead() {
  static const std::string kZeros(kZerosBytes, '\0');
  const std::uint64_t end = size_ + std::min(size_, kAheadBytesMax);
  ahead_ = end - end % kPageBytes;
  for (std::uint64_t at = size_; at < ahead_; at += kZerosBytes) {
    const std::string_view zeros = std::string_view(kZeros).substr(0, ahead_ - at);
    if (!write_at(fd_.get(), zeros, at)) return;
  }
}

IOStatus RocksLogWriter::Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  return IOStatus::OK();
}

IOStatus RocksLogWriter::Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  const auto begin = std::chrono::steady_clock::now();
  if (::fdatasync(fd_.get()) != 0) return rocks_io_status("sync", path_);
  last_sync_time = std::chrono::steady_clock::now() - begin;
  return IOStatus::OK();
}

std::chrono::nanoseconds RocksLogWriter::last_sync() { return last_sync_time; }

IOStatus RocksLogWriter::Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  const bool cut = ahead_ <= size_ || ::getpid() != pid_ || cut_off_zeros();
  const IOStatus status = cut ? IOStatus::OK() : rocks_io_status("cut", path_);
  if (const int error = fd_.close(); error != 0 && cut) {
    errno = error;
    return rocks_io_status("close", path_);
  }
  return status;
}

// Durably: the anchor will say how long the log was.
bool RocksLogWriter::cut_off_zeros() {
  return ::ftruncate(fd_.get(), static_cast<off_t>(size_)) == 0 && ::fsync(fd_.get()) == 0;
}

std::uint64_t RocksLogWriter::GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  return size_;
}

}  // namespace purser
