#include "beneath.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "posix.h"
#include "try.h"

namespace purser {
namespace {

constexpr int kAlways = O_NOFOLLOW | O_CLOEXEC;

// The segments of `path`; none if it has an empty, `.` or `..` one.
std::vector<std::string> split_plain(std::string_view path) {
  std::vector<std::string> segments;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return {};
    segments.emplace_back(segment);
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

UniqueFd fail(int error) {
  errno = error;
  return UniqueFd();
}

// `fd` if it lies on device `device`.
UniqueFd on_device(UniqueFd fd, dev_t device) {
  struct stat info {};
  if (!fd.valid() || fstat(fd.get(), &info) != 0) return UniqueFd();
  return info.st_dev == device ? std::move(fd) : fail(EXDEV);
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

}  // namespace

UniqueFd open_beneath(int root, const std::string& path, int flags, mode_t mode) {
  if (split_plain(path).empty()) return fail(EINVAL);
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | kAlways);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  long fd = -1;
  do {
    fd = syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return UniqueFd(static_cast<int>(fd));
  // ENAMETOOLONG: the kernel takes 4,095 bytes at once, an artifact's path may have 4,096.
  if (errno == ENOSYS || errno == EPERM || errno == ENAMETOOLONG) {
    return open_beneath_by_component(root, path, flags, mode);
  }
  return UniqueFd();
}

UniqueFd open_beneath_by_component(int root, const std::string& path, int flags, mode_t mode) {
  const std::vector<std::string> segments = split_plain(path);
  if (segments.empty()) return fail(EINVAL);
  struct stat info {};
  if (fstat(root, &info) != 0) return UniqueFd();
  UniqueFd holder;
  int directory = root;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    holder =
        on_device(UniqueFd(openat(directory, segments[i].c_str(), O_PATH | O_DIRECTORY | kAlways)),
                  info.st_dev);
    if (!holder.valid()) return UniqueFd();
    directory = holder.get();
  }
  return on_device(UniqueFd(openat(directory, segments.back().c_str(), flags | kAlways, mode)),
                   info.st_dev);
}

Result<std::vector<std::string>> list_names(int directory, std::string_view path) {
  // Opened anew, for an offset of its own.
  UniqueFd own(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, CloseDirectory> stream(own.valid() ? fdopendir(own.get()) : nullptr);
  if (!stream) return io_error("open", path);
  static_cast<void>(own.release());  // the stream's now
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {  // NOLINT: the stream is this call's own
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return io_error("list", path);
  return names;
}

Status remove_beneath(int root, const std::string& name) {
  if (unlinkat(root, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR) return io_error("remove", name);
  const UniqueFd directory = open_beneath(root, name, O_RDONLY | O_DIRECTORY);
  if (!directory.valid()) return io_error("open", name);
  PURSER_ASSIGN(const std::vector<std::string> names, list_names(directory.get(), name));
  for (const std::string& inner : names) PURSER_TRY(remove_beneath(directory.get(), inner));
  if (unlinkat(root, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
    return io_error("remove", name);
  }
  return {};
}

Error own_file_error(const std::string& where, int error) {
  switch (error) {
    case ENOENT: return Corruption{where, "it is missing"};
    case ELOOP:
    case ENOTDIR:
    case ENXIO:
    case EXDEV: return Corruption{where, "it is no regular file"};
    default: return io_error("open", where, error);
  }
}

}  // namespace purser
