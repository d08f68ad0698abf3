#include "intake.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "progress_bar.h"

namespace purser::tools {
namespace {

constexpr std::size_t kReadBytes = 256ul << 10;
constexpr int kSignalCheckMs = 100;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Error failure(const char* operation, const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) return NotFound{std::nullopt, "'" + path + "'"};
  return Io{operation, path, std::generic_category().message(error)};
}

// Waits until `fd` can be read or a signal has come. A signal just before a plain read would be
// missed until the next byte comes; here it is seen after a moment.
void wait_for_input(int fd) {
  pollfd input{fd, POLLIN, 0};
  while (!interrupted() && ::poll(&input, 1, kSignalCheckMs) <= 0) {
  }
}

// Reads `fd` to its end.
Result<std::string> read_all(int fd, const std::string& path) {
  std::string bytes;
  std::vector<char> block(kReadBytes);
  while (true) {
    wait_for_input(fd);
    if (interrupted()) return Cancelled{};
    const ssize_t count = ::read(fd, block.data(), block.size());
    if (count == 0) return bytes;
    if (count < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return failure("read", path, errno);
    }
    bytes.append(block.data(), static_cast<std::size_t>(count));
    if (bytes.size() > kSingleFileBytesMax) {
      return LimitExceeded{"bytes of a file stored by itself", kSingleFileBytesMax, bytes.size()};
    }
  }
}

bool same_state(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

Result<StoreReport> take_in_file(Ledger& ledger, DeploymentId id, const std::string& path,
                                 const std::string& name) {
  // Without O_NONBLOCK, a FIFO put in the file's place would hold us up for ever.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return failure("open", path, errno);
  struct stat before {};
  struct stat after {};
  if (::fstat(file.get(), &before) != 0) return failure("stat", path, errno);
  if (!S_ISREG(before.st_mode)) return InvalidPath{path, "neither a regular file nor a folder"};
  const auto size = static_cast<std::uint64_t>(before.st_size);
  if (size > kSingleFileBytesMax) {
    return LimitExceeded{"bytes of a file stored by itself", kSingleFileBytesMax, size};
  }
  const auto bytes = read_all(file.get(), path);
  if (!bytes) return bytes.error();
  if (::fstat(file.get(), &after) != 0) return failure("stat", path, errno);
  if (!same_state(before, after) || bytes->size() != size) {
    return Io{"read", path, "the file changed while it was read"};
  }
  return ledger.store(id, name, *bytes, {(before.st_mode & S_IXUSR) != 0});
}

Result<StoreReport> take_in_standard_input(Ledger& ledger, DeploymentId id,
                                           const std::optional<std::string>& name) {
  if (!name) return InvalidArgument{"--as", "standard input needs a name; give --as NAME"};
  const InterruptScope interrupts;
  const auto bytes = read_all(STDIN_FILENO, "standard input");
  if (!bytes) return bytes.error();
  return ledger.store(id, *name, *bytes);
}

std::string last_segment(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<SourceKind> inspect_source(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return failure("stat", path, errno);
  if (S_ISLNK(info.st_mode)) return InvalidPath{path, "a symbolic link; name what it points at"};
  if (S_ISDIR(info.st_mode)) return SourceKind::folder;
  if (S_ISREG(info.st_mode)) return SourceKind::file;
  return InvalidPath{path, "neither a regular file nor a folder"};
}

Result<StoreReport> take_in(Ledger& ledger, DeploymentId id, const std::string& path,
                            const std::optional<std::string>& name) {
  if (path == "-") return take_in_standard_input(ledger, id, name);
  const auto kind = inspect_source(path);
  if (!kind) return kind.error();
  if (*kind == SourceKind::file) {
    const InterruptScope interrupts;
    return take_in_file(ledger, id, path, name.value_or(last_segment(path)));
  }
  if (name) return InvalidArgument{"--as", "names one file, and PATH is a folder"};
  ProgressBar bar("storing");
  return ledger.store_tree(id, path, bar.callback());
}

}  // namespace purser::tools
