#include "tree_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "artifact_path.h"
#include "beneath.h"
#include "check.h"
#include "tree_donor.h"
#include "try.h"

namespace purser {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr mode_t kDirectoryMode = 0755;
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

// AlreadyExists unless `name` in `parent` is absent or an empty directory.
Status check_free(int parent, const std::string& name, const std::string& target) {
  struct stat info {};
  if (fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return io_error("stat", target);
  }
  if (!S_ISDIR(info.st_mode)) return AlreadyExists{target, "no folder"};
  const UniqueFd directory(
      openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid()) return io_error("open", target);
  PURSER_ASSIGN(const std::vector<std::string> names, list_names(directory.get(), target));
  if (!names.empty()) return AlreadyExists{target, "a folder that is not empty"};
  return {};
}

}  // namespace

Result<TreeWriter> TreeWriter::begin(const std::string& target, const SyncCalls& sync) {
  PURSER_ASSIGN(Place place, open_place(target));
  TreeWriter writer(target, std::move(place), sync);
  const int parent = writer.place_.directory.get();
  PURSER_TRY(check_free(parent, writer.place_.name, target));

  PURSER_ASSIGN(const std::string temporary, temporary_name());
  const std::string path = writer.place_.parent + "/" + temporary;
  if (mkdirat(parent, temporary.c_str(), kPrivateDirectory) != 0) return io_error("create", path);
  writer.temporary_ = temporary;
  writer.root_ =
      UniqueFd(openat(parent, temporary.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!writer.root_.valid() || fstat(writer.root_.get(), &info) != 0) {
    return io_error("open", path);
  }
  if (info.st_uid != geteuid()) {
    return Io{"create", path, "another user put a directory there"};
  }
  return writer;
}

TreeWriter::~TreeWriter() {
  // Nobody is left to tell of a failure; what stays is named as temporary.
  if (place_.directory.valid() && !temporary_.empty()) {
    static_cast<void>(remove_beneath(place_.directory.get(), temporary_));
  }
}

template <class R>
R TreeWriter::noted(std::string_view path, R result) {
  const std::lock_guard lock(added_->mutex);
  if (!result) added_->failed = true;
  if (syncs_singly()) added_->first_files.emplace_back(path);
  return result;
}

Status TreeWriter::add(std::string_view path, bool executable, const ByteProducer& produce) {
  PURSER_ASSIGN(UniqueFd file, create(path, executable));
  return fill(path, std::move(file), produce);
}

Result<UniqueFd> TreeWriter::create(std::string_view path, bool executable) {
  PURSER_TRY(check_artifact_path(path));
  return noted(path, create_file(std::string(path), executable, O_WRONLY));
}

Status TreeWriter::fill(std::string_view path, UniqueFd file, const ByteProducer& produce) {
  Status written = write_bytes(path, std::move(file), produce);
  if (!written) {
    const std::lock_guard lock(added_->mutex);
    added_->failed = true;
  }
  return written;
}

// What could not be linked or cloned is noted when it is added.
Result<bool> TreeWriter::link(std::string_view path, int fd) {
  PURSER_TRY(check_artifact_path(path));
  Result<bool> linked = link_file(std::string(path), fd);
  if (linked && !*linked) return linked;
  return noted(path, std::move(linked));
}

Result<bool> TreeWriter::clone(const FileEntry& file, int fd) {
  PURSER_TRY(check_artifact_path(file.path));
  Result<bool> cloned = clone_file(file, fd);
  if (cloned && !*cloned) return cloned;
  return noted(file.path, std::move(cloned));
}

// With its final mode: until the commit nobody else gets into the directory.
Result<UniqueFd> TreeWriter::create_file(const std::string& path, bool executable, int access) {
  PURSER_TRY(make_parents(path));
  const mode_t mode = file_mode(executable);
  UniqueFd fd = open_beneath(root_.get(), path, access | O_CREAT | O_EXCL | O_NOCTTY, mode);
  struct stat info {};
  if (!fd.valid() || fstat(fd.get(), &info) != 0) return io_error("create", target_ + "/" + path);
  // The umask, or an access list that was inherited, may have taken bits away.
  if ((info.st_mode & 07777) != mode && fchmod(fd.get(), mode) != 0) {
    return io_error("set mode of", target_ + "/" + path);
  }
  return fd;
}

Status TreeWriter::write_bytes(std::string_view path, UniqueFd file,
                               const ByteProducer& produce) const {
  const std::string full_path = target_ + "/" + std::string(path);
  // Few large writes: a file system does more for each page of many small ones.
  thread_local std::string pending;
  pending.clear();
  PURSER_TRY(produce([&](std::string_view bytes) -> Status {
    pending += bytes;
    if (pending.size() < kWriteBytes) return {};
    PURSER_TRY(write_all(file.get(), pending, full_path));
    pending.clear();
    return {};
  }));
  PURSER_TRY(write_all(file.get(), pending, full_path));
  if (const int error = file.close(); error != 0) return io_error("close", full_path, error);
  return {};
}

Result<bool> TreeWriter::link_file(const std::string& path, int fd) {
  PURSER_TRY(make_parents(path));
  PURSER_ASSIGN(const Parent parent, parent_of(path));
  // By the open file and not by its name, which may be another file's by now.
  const std::string source = fmt::format("/proc/self/fd/{}", fd);
  if (linkat(AT_FDCWD, source.c_str(), parent.directory, parent.name.c_str(), AT_SYMLINK_FOLLOW) ==
      0) {
    return true;
  }
  switch (errno) {
    case EXDEV:
    case EMLINK:
    case EPERM:
    case ENOENT:  // its last name has gone, or there is no /proc
    case EOPNOTSUPP: return false;
    default: return io_error("link", target_ + "/" + path);
  }
}

// Hashed is what was made: nobody else has it, whatever becomes of `fd`.
Result<bool> TreeWriter::clone_file(const FileEntry& file, int fd) {
  PURSER_ASSIGN(const UniqueFd made, create_file(file.path, file.executable, O_RDWR));
  if (ioctl(made.get(), FICLONE, fd) == 0) {
    PURSER_ASSIGN(const bool right, has_bytes_of(made.get(), file, target_ + "/" + file.path));
    if (right) return true;
  }
  PURSER_ASSIGN(const Parent parent, parent_of(file.path));
  if (unlinkat(parent.directory, parent.name.c_str(), 0) != 0) {
    return io_error("remove", target_ + "/" + file.path);
  }
  return false;
}

Result<TreeWriter::Parent> TreeWriter::parent_of(const std::string& path) const {
  const std::size_t slash = path.rfind('/');
  Parent parent{{}, root_.get(), path.substr(slash + 1)};  // npos + 1 is 0
  if (slash == std::string::npos) return parent;
  const std::string directory = path.substr(0, slash);
  parent.holder = open_beneath(root_.get(), directory, O_PATH | O_DIRECTORY);
  if (!parent.holder.valid()) return io_error("open", target_ + "/" + directory);
  parent.directory = parent.holder.get();
  return parent;
}

// Makes what is missing of the directories that a file at `path` needs.
Status TreeWriter::make_parents(std::string_view path) {
  const std::size_t last = path.rfind('/');
  if (last == std::string_view::npos) return {};
  const std::lock_guard lock(added_->mutex);
  if (added_->directories.contains(path.substr(0, last))) return {};
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory(path.substr(0, slash));
    if (added_->directories.contains(directory)) continue;
    PURSER_ASSIGN(const Parent parent, parent_of(directory));
    if (mkdirat(parent.directory, parent.name.c_str(), kPrivateDirectory) != 0) {
      return io_error("create", target_ + "/" + directory);
    }
    added_->directories.insert(directory);
  }
  return {};
}

Status TreeWriter::sync_files() const {
  for (const std::string& path : added_->first_files) {
    const UniqueFd fd = open_beneath(root_.get(), path, O_RDONLY | O_NOCTTY);
    if (!fd.valid()) return io_error("open", target_ + "/" + path);
    if (sync_.file(fd.get()) != 0) return io_error("sync", target_ + "/" + path);
  }
  return {};
}

// Modes and, where files are synced singly, their bytes and entries. The root comes last: until
// then nobody else looks inside.
Status TreeWriter::finish_directories() {
  const bool singly = syncs_singly();
  if (singly) PURSER_TRY(sync_files());
  for (const std::string& directory : added_->directories) {
    const UniqueFd fd = open_beneath(root_.get(), directory, O_RDONLY | O_DIRECTORY);
    if (!fd.valid()) return io_error("open", target_ + "/" + directory);
    if (fchmod(fd.get(), kDirectoryMode) != 0) {
      return io_error("set mode of", target_ + "/" + directory);
    }
    if (singly && sync_.file(fd.get()) != 0) return io_error("sync", target_ + "/" + directory);
  }
  if (fchmod(root_.get(), kDirectoryMode) != 0) return io_error("set mode of", target_);
  const int synced = singly ? sync_.file(root_.get()) : sync_.file_system(root_.get());
  if (synced != 0) return io_error("sync", target_);
  return {};
}

Status TreeWriter::commit() {
  PURSER_CHECK(!added_->failed, "commit after an error");
  PURSER_TRY(finish_directories());
  // A directory renamed onto a name replaces an empty directory or nothing; the kernel refuses the
  // rest in one step, so there is no moment between a check and the rename.
  const int parent = place_.directory.get();
  if (renameat(parent, temporary_.c_str(), parent, place_.name.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
      return AlreadyExists{target_, "no empty folder"};
    }
    return io_error("rename to", target_);
  }
  temporary_.clear();
  if (sync_.file(parent) != 0) return io_error("sync", target_);
  return {};
}

}  // namespace purser
