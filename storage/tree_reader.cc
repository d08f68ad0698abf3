#include "tree_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "artifact_path.h"
#include "beneath.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// What an artifact cannot hold, in words.
const char* kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFLNK: return "it is a symbolic link";
    case S_IFIFO: return "it is a FIFO";
    case S_IFSOCK: return "it is a socket";
    case S_IFCHR:
    case S_IFBLK: return "it is a device";
    default: return "it is no regular file";
  }
}

std::string join(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "/" + name;
}

// Why an entry that was listed a moment ago does not open.
Error open_error(const std::string& path, const std::string& full_path, int error) {
  if (error == ELOOP) return InvalidPath{path, kind_of(S_IFLNK)};
  if (error == EXDEV) return InvalidPath{path, "it is on another file system"};
  return io_error("open", full_path, error);
}

}  // namespace

Result<TreeReader> TreeReader::open(const std::string& directory) {
  UniqueFd root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) {
    if (errno == ENOENT) return NotFound{std::nullopt, "directory '" + directory + "'"};
    return io_error("open", directory);
  }
  TreeReader reader(directory, std::move(root));
  PURSER_TRY(reader.walk(reader.root_.get(), ""));
  std::sort(reader.files_.begin(), reader.files_.end(),
            [](const TreeFile& a, const TreeFile& b) { return a.path < b.path; });
  return reader;
}

// `prefix` is the relative path of the open directory `parent`; depth is bounded by that of paths.
Status TreeReader::walk(int parent, const std::string& prefix) {
  PURSER_ASSIGN(const std::vector<std::string> names,
                list_names(parent, prefix.empty() ? directory_ : directory_ + "/" + prefix));
  for (const std::string& name : names) PURSER_TRY(visit(parent, name, join(prefix, name)));
  return {};
}

Status TreeReader::visit(int parent, const std::string& name, const std::string& path) {
  PURSER_TRY(check_artifact_path(path));
  const std::string full_path = directory_ + "/" + path;
  struct stat info {};
  if (fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return io_error("stat", full_path);
  }
  if (S_ISDIR(info.st_mode)) {
    const UniqueFd directory = open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
    if (!directory.valid()) return open_error(path, full_path, errno);
    return walk(directory.get(), path);
  }
  if (!S_ISREG(info.st_mode)) return InvalidPath{path, kind_of(info.st_mode)};
  if (files_.size() == kArtifactFilesMax) {
    return LimitExceeded{"files of an artifact", kArtifactFilesMax, kArtifactFilesMax + 1};
  }
  files_.push_back({path, static_cast<std::uint64_t>(info.st_size), (info.st_mode & S_IXUSR) != 0,
                    nanoseconds(info.st_mtim), nanoseconds(info.st_ctim), info.st_ino,
                    info.st_dev});
  return {};
}

// Opens a file, and looks before and after `read_all` whether it is the one that was listed.
Status TreeReader::read_listed(const TreeFile& file,
                               const std::function<Status(int fd)>& read_all) const {
  const UniqueFd fd = open_beneath(root_.get(), file.path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd.valid()) return open_error(file.path, full_path(file), errno);
  const auto check = [&]() -> Status {
    struct stat info {};
    if (fstat(fd.get(), &info) != 0) return io_error("stat", full_path(file));
    if (!S_ISREG(info.st_mode)) return InvalidPath{file.path, kind_of(info.st_mode)};
    if (static_cast<std::uint64_t>(info.st_size) != file.size ||
        nanoseconds(info.st_mtim) != file.modified_ns) {
      return Io{"read", full_path(file), "changed while it was read"};
    }
    return {};
  };
  PURSER_TRY(check());
  PURSER_TRY(read_all(fd.get()));
  return check();
}

Status TreeReader::read(const TreeFile& file, const ByteSink& sink) const {
  return read_listed(file, [&](int fd) -> Status {
    thread_local std::string block(kBlockBytes, '\0');
    for (std::uint64_t left = file.size; left > 0;) {
      const std::size_t wanted = std::min<std::uint64_t>(left, block.size());
      PURSER_ASSIGN(const std::size_t size, read_up_to(fd, block.data(), wanted, full_path(file)));
      if (size == 0) return Io{"read", full_path(file), "changed while it was read"};
      PURSER_TRY(sink(std::string_view(block).substr(0, size)));
      left -= size;
    }
    return {};
  });
}

Result<std::string_view> TreeReader::read_whole(const TreeFile& file, char* room) const {
  PURSER_TRY(read_listed(file, [&](int fd) -> Status {
    PURSER_ASSIGN(const std::size_t size, read_up_to(fd, room, file.size, full_path(file)));
    if (size != file.size) return Io{"read", full_path(file), "changed while it was read"};
    return {};
  }));
  return std::string_view(room, file.size);
}

}  // namespace purser
