// Writing and reading the two files of the log.
#include "faults/disks/block_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

namespace purser::faults {
namespace {

UniqueFd open_file(const std::string& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  PURSER_CHECK(fd.valid(), "a file of the block log cannot be opened");
  return fd;
}

void append(const UniqueFd& fd, const void* bytes, std::size_t size) {
  PURSER_CHECK(::write(fd.get(), bytes, size) == static_cast<ssize_t>(size),
               "the block log cannot be written");
}

std::string entries_in(const std::string& directory) { return directory + "/entries"; }
std::string bytes_in(const std::string& directory) { return directory + "/bytes"; }

}  // namespace

BlockLogWriter::BlockLogWriter(const std::string& directory, std::atomic<std::uint64_t>& count)
    : entries_(open_file(entries_in(directory), O_WRONLY | O_CREAT | O_TRUNC)),
      bytes_(open_file(bytes_in(directory), O_WRONLY | O_CREAT | O_TRUNC)),
      count_(count) {
  count_ = 0;
}

void BlockLogWriter::write(std::uint64_t offset, const char* bytes, std::uint64_t length) {
  append(bytes_, bytes, length);
  add({offset, length, stored_});
  stored_ += length;
}

void BlockLogWriter::flush() { add({}); }

void BlockLogWriter::add(const BlockEntry& entry) {
  append(entries_, &entry, sizeof entry);
  ++count_;
}

BlockLog::BlockLog(const std::string& directory)
    : bytes_(open_file(bytes_in(directory), O_RDONLY)) {
  const UniqueFd fd = open_file(entries_in(directory), O_RDONLY);
  struct stat info {};
  PURSER_CHECK(::fstat(fd.get(), &info) == 0, "stat");
  entries_.resize(static_cast<std::size_t>(info.st_size) / sizeof(BlockEntry));
  const auto size = static_cast<ssize_t>(entries_.size() * sizeof(BlockEntry));
  PURSER_CHECK(::read(fd.get(), entries_.data(), static_cast<std::size_t>(size)) == size,
               "the block log cannot be read");
}

std::string BlockLog::bytes(const BlockEntry& entry) const {
  std::string bytes(entry.length, '\0');
  PURSER_CHECK(::pread(bytes_.get(), bytes.data(), bytes.size(),
                       static_cast<off_t>(entry.stored)) == std::ssize(bytes),
               "the block log cannot be read");
  return bytes;
}

}  // namespace purser::faults
