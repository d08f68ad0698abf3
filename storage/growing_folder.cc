#include "growing_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdio>
#include <utility>

#include "beneath.h"
#include "place.h"
#include "try.h"

namespace purser {
namespace {

constexpr mode_t kPrivateFolder = 0700;
constexpr mode_t kPrivateFile = 0600;
constexpr int kFolder = O_RDONLY | O_DIRECTORY;

std::string temporary_of(const std::string& name) { return name + ".new"; }

std::string folder_name(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? "." : name.substr(0, slash);
}
std::string name_in_folder(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

UniqueFd open_in(int root, const std::string& name, int flags, mode_t mode = 0) {
  if (name != ".") return open_beneath(root, name, flags, mode);
  return UniqueFd(::openat(root, ".", flags | O_CLOEXEC));
}

}  // namespace

Result<GrowingFolder> GrowingFolder::open(const std::string& path, const SyncCalls& sync) {
  PURSER_ASSIGN(const Place place, open_place(path));
  const int parent = place.directory.get();
  const bool made = ::mkdirat(parent, place.name.c_str(), kPrivateFolder) == 0;
  if (!made && errno != EEXIST) return io_error("create", path);
  UniqueFd root(::openat(parent, place.name.c_str(), kFolder | O_NOFOLLOW | O_CLOEXEC));
  if (!root.valid() && (errno == ENOTDIR || errno == ELOOP)) {
    return InvalidArgument{"folder '" + path + "'", "is not a folder, or a symbolic link to one"};
  }
  if (!root.valid()) return io_error("open", path);
  if (made && ::fchmod(root.get(), kPrivateFolder) != 0) return io_error("chmod", path);
  if (made && sync.file(parent) != 0) return io_error("sync", place.parent);
  while (::flock(root.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return io_error("lock", path);
  }
  return GrowingFolder(path, std::move(root), sync);
}

Result<bool> GrowingFolder::has(const std::string& name) const {
  if (added_.contains(name)) return true;
  const UniqueFd file = open_in(root_.get(), name, O_PATH);
  if (!file.valid() && errno == ENOENT) return false;
  if (!file.valid()) return io_error("open", shown(name));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return io_error("stat", shown(name));
  if (!S_ISREG(info.st_mode)) return io_error("open", shown(name), EINVAL);
  return true;
}

Result<std::optional<std::string>> GrowingFolder::read(const std::string& name,
                                                       std::size_t bytes_max) const {
  const UniqueFd file = open_in(root_.get(), name, O_RDONLY | O_NONBLOCK);
  if (!file.valid() && errno == ENOENT) return std::optional<std::string>();
  if (!file.valid()) return io_error("open", shown(name));
  std::string bytes(bytes_max, '\0');
  PURSER_ASSIGN(const std::size_t size,
                read_up_to(file.get(), bytes.data(), bytes.size(), shown(name)));
  bytes.resize(size);
  return std::optional(std::move(bytes));
}

Status GrowingFolder::add(const std::string& name, std::string_view bytes) {
  PURSER_ASSIGN(const UniqueFd folder, folder_of(name));
  const std::string temporary = temporary_of(name_in_folder(name));
  UniqueFd file(::openat(folder.get(), temporary.c_str(),
                         O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kPrivateFile));
  const std::string path = shown(temporary_of(name));
  if (!file.valid()) return io_error("create", path);
  if (::fchmod(file.get(), kPrivateFile) != 0) return io_error("chmod", path);
  PURSER_TRY(write_all(file.get(), bytes, path));
  if (const int error = file.close(); error != 0) return io_error("close", path, error);
  added_.insert(name);
  changed_.insert(folder_name(name));
  return {};
}

// Bytes are durable before a name leads to them, and names before anyone is told.
Status GrowingFolder::commit() {
  std::vector<std::string> temporaries;
  for (const std::string& name : added_) temporaries.push_back(temporary_of(name));
  PURSER_TRY(sync_all(temporaries, O_RDONLY));
  for (const std::string& name : std::exchange(added_, {})) {
    PURSER_ASSIGN(const UniqueFd folder, folder_of(name));
    const std::string file = name_in_folder(name);
    if (::renameat(folder.get(), temporary_of(file).c_str(), folder.get(), file.c_str()) != 0) {
      return io_error("rename", shown(name));
    }
  }
  const std::set<std::string> changed = std::exchange(changed_, {});
  return sync_all({changed.begin(), changed.end()}, kFolder);
}

// The folder that `name` lies in, made with those above it where there is none.
Result<UniqueFd> GrowingFolder::folder_of(const std::string& name) {
  const std::string path = folder_name(name);
  UniqueFd folder = open_in(root_.get(), path, kFolder);
  if (folder.valid()) return folder;
  if (errno != ENOENT) return io_error("open", shown(path));
  PURSER_ASSIGN(const UniqueFd above, folder_of(path));
  if (::mkdirat(above.get(), name_in_folder(path).c_str(), kPrivateFolder) != 0) {
    return io_error("create", shown(path));
  }
  changed_.insert(folder_name(path));
  folder = open_in(root_.get(), path, kFolder);
  if (!folder.valid()) return io_error("open", shown(path));
  if (::fchmod(folder.get(), kPrivateFolder) != 0) return io_error("chmod", shown(path));
  return folder;
}

Status GrowingFolder::sync_each(const std::vector<std::string>& names, int flags) const {
  for (const std::string& name : names) {
    const UniqueFd file = open_in(root_.get(), name, flags);
    if (!file.valid()) return io_error("open", shown(name));
    if (sync_.file(file.get()) != 0) return io_error("sync", shown(name));
  }
  return {};
}

Status GrowingFolder::sync_all(const std::vector<std::string>& names, int flags) const {
  if (names.size() <= kSingleSyncsMax) return sync_each(names, flags);
  if (sync_.file_system(root_.get()) != 0) return io_error("sync", path_);
  return {};
}

}  // namespace purser
