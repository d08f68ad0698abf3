// Replaying the log of a disk up to a cut.
#include "faults/disks/power_cut.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "check.h"

namespace purser::faults {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kPage = 4096;

void put(const UniqueFd& fd, std::uint64_t offset, std::string_view bytes) {
  PURSER_CHECK(::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
                   std::ssize(bytes),
               "an image cannot be written");
}

// Holes stay holes.
void copy_sparse(const UniqueFd& from, const UniqueFd& to) {
  struct stat info {};
  PURSER_CHECK(::fstat(from.get(), &info) == 0 && ::ftruncate(to.get(), info.st_size) == 0, "copy");
  std::string room;
  for (off_t at = 0; (at = ::lseek(from.get(), at, SEEK_DATA)) >= 0;) {
    const off_t end = ::lseek(from.get(), at, SEEK_HOLE);
    room.resize(static_cast<std::size_t>(end - at));
    PURSER_CHECK(::pread(from.get(), room.data(), room.size(), at) == end - at, "copy");
    put(to, static_cast<std::uint64_t>(at), room);
    at = end;
  }
}

// How what was not flushed is lost: all of it, in whole writes, or in pieces of them.
struct Loss {
  explicit Loss(std::mt19937_64& source) : random(source), kind(source() % 5) {}
  [[nodiscard]] bool keeps() const {
    if (kind == 0) return false;
    return kind == 1 || random() % 2 == 0;
  }
  [[nodiscard]] std::size_t piece(std::size_t length) const {
    if (kind == 3) return kSector;
    return kind == 4 ? kPage : length;
  }
  std::mt19937_64& random;
  std::uint64_t kind;
};

bool put_parts(const UniqueFd& fd, std::uint64_t offset, std::string_view bytes, const Loss& loss) {
  bool any = false;
  const std::size_t piece = loss.piece(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!loss.keeps()) continue;
    put(fd, offset + at, bytes.substr(at, piece));
    any = true;
  }
  return any;
}

}  // namespace

PowerCuts::PowerCuts(const BlockLog& log, const std::string& image, std::size_t lying)
    : log_(log), image_(image), lying_(lying), fd_(::open(image.c_str(), O_RDWR | O_CLOEXEC)) {
  PURSER_CHECK(fd_.valid(), "the image cannot be opened");
}

// Behind the last flush that counts.
std::size_t PowerCuts::flushed_at(std::size_t entries) const {
  std::size_t skip = lying_;
  for (std::size_t at = entries; at > 0; --at) {
    if (log_.entries()[at - 1].is_flush() && skip-- == 0) return at;
  }
  return 0;
}

std::size_t PowerCuts::make(std::size_t entries, const std::string& cut, std::mt19937_64& random) {
  const std::size_t flushed = flushed_at(entries);
  for (; applied_ < flushed; ++applied_) {
    const BlockEntry& entry = log_.entries()[applied_];
    if (!entry.is_flush()) put(fd_, entry.offset, log_.bytes(entry));
  }
  const UniqueFd made(::open(cut.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  PURSER_CHECK(made.valid(), "an image cannot be made");
  copy_sparse(fd_, made);
  std::size_t left = 0;
  const Loss loss(random);
  for (std::size_t at = flushed; at < entries; ++at) {
    const BlockEntry& entry = log_.entries()[at];
    if (entry.is_flush()) continue;
    if (put_parts(made, entry.offset, log_.bytes(entry), loss)) ++left;
  }
  return left;
}

}  // namespace purser::faults
