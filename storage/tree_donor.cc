#include "tree_donor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "beneath.h"
#include "hash.h"
#include "posix.h"
#include "tree_writer.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kDonorBlockBytes = std::size_t{256} << 10;

}  // namespace

Result<TreeDonor> TreeDonor::open(const std::string& directory) {
  UniqueFd root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.valid()) return TreeDonor(std::move(root));
  if (errno == ENOENT) return NotFound{std::nullopt, "directory '" + directory + "'"};
  return io_error("open", directory);
}

UniqueFd TreeDonor::find(const FileEntry& file) const {
  UniqueFd fd = open_beneath(root_.get(), file.path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat info {};
  if (!fd.valid() || fstat(fd.get(), &info) != 0) return UniqueFd();
  const bool fits = S_ISREG(info.st_mode) && (info.st_mode & 07777) == file_mode(file.executable) &&
                    info.st_uid == geteuid() &&
                    static_cast<std::uint64_t>(info.st_size) == file.size;
  return fits ? std::move(fd) : UniqueFd();
}

Result<bool> has_bytes_of(int fd, const FileEntry& file, std::string_view path) {
  thread_local std::string block(kDonorBlockBytes, '\0');
  Sha256 digest;
  std::uint64_t at = 0;
  while (true) {
    PURSER_ASSIGN(const std::size_t size, read_up_to_at(fd, block.data(), block.size(), at, path));
    digest.update(std::string_view(block).substr(0, size));
    at += size;
    if (size < block.size() || at > file.size) break;
  }
  return at == file.size && digest.finish() == file.digest;
}

}  // namespace purser
