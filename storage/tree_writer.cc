#include "tree_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem/path.hpp>
#include <cerrno>

#include "artifact_path.h"
#include "beneath.h"
#include "check.h"
#include "try.h"

namespace purser {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kDirectoryMode = 0755;
constexpr mode_t kFileMode = 0644;
constexpr mode_t kExecutableMode = 0755;

constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

struct Place {
  std::string parent;
  std::string name;
};

// Where `target` goes. `.`, `..` and `/` have no name of their own that a rename could give away.
Result<Place> place_of(std::string target) {
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  const boost::filesystem::path path(target);
  Place place{path.parent_path().string(), path.filename().string()};
  if (place.parent.empty()) place.parent = ".";
  if (place.name.empty() || place.name == "." || place.name == ".." || place.name == "/") {
    return InvalidArgument{"directory '" + target + "'", "expected one named by its own name"};
  }
  return place;
}

// AlreadyExists unless `name` in `parent` is absent or an empty directory.
Status check_free(int parent, const std::string& name, const std::string& target) {
  struct stat info {};
  if (fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return io_error("stat", target);
  }
  if (!S_ISDIR(info.st_mode)) return AlreadyExists{target};
  const UniqueFd directory(
      openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid()) return io_error("open", target);
  PURSER_ASSIGN(const std::vector<std::string> names, list_names(directory.get(), target));
  if (!names.empty()) return AlreadyExists{target};
  return {};
}

}  // namespace

Result<TreeWriter> TreeWriter::begin(const std::string& target, const SyncCalls& sync) {
  PURSER_ASSIGN(Place place, place_of(target));
  TreeWriter writer(target, sync);
  writer.name_ = std::move(place.name);
  writer.parent_ = UniqueFd(::open(place.parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!writer.parent_.valid()) {
    if (errno == ENOENT) return NotFound{std::nullopt, "directory '" + place.parent + "'"};
    return io_error("open", place.parent);
  }
  PURSER_TRY(check_free(writer.parent_.get(), writer.name_, target));

  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) return io_error("getrandom", target);
  const std::string temporary = fmt::format(".purser-{:016x}", random);
  if (mkdirat(writer.parent_.get(), temporary.c_str(), kPrivateDirectory) != 0) {
    return io_error("create", place.parent + "/" + temporary);
  }
  writer.temporary_ = temporary;
  writer.root_ = UniqueFd(openat(writer.parent_.get(), temporary.c_str(),
                                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!writer.root_.valid() || fstat(writer.root_.get(), &info) != 0) {
    return io_error("open", place.parent + "/" + temporary);
  }
  if (info.st_uid != geteuid()) {
    return Io{"create", place.parent + "/" + temporary, "another user put a directory there"};
  }
  return writer;
}

TreeWriter::~TreeWriter() {
  // Nobody is left to tell of a failure; what stays is named as temporary.
  if (parent_.valid() && !temporary_.empty()) {
    static_cast<void>(remove_beneath(parent_.get(), temporary_));
  }
}

Status TreeWriter::add(std::string_view path, bool executable, const ByteProducer& produce) {
  PURSER_TRY(check_artifact_path(path));
  Status written = write_file(std::string(path), executable, produce);
  const std::lock_guard lock(added_->mutex);
  if (!written) added_->failed = true;
  if (syncs_singly()) added_->first_files.emplace_back(path);
  return written;
}

Status TreeWriter::write_file(const std::string& path, bool executable,
                              const ByteProducer& produce) {
  PURSER_TRY(make_parents(path));
  const std::string full_path = target_ + "/" + path;
  UniqueFd fd =
      open_beneath(root_.get(), path, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY, kPrivateFile);
  if (!fd.valid()) return io_error("create", full_path);
  // Few large writes: a file system does more for each page of many small ones.
  thread_local std::string pending;
  pending.clear();
  PURSER_TRY(produce([&](std::string_view bytes) -> Status {
    pending += bytes;
    if (pending.size() < kWriteBytes) return {};
    PURSER_TRY(write_all(fd.get(), pending, full_path));
    pending.clear();
    return {};
  }));
  PURSER_TRY(write_all(fd.get(), pending, full_path));
  if (fchmod(fd.get(), executable ? kExecutableMode : kFileMode) != 0) {
    return io_error("set mode of", full_path);
  }
  if (const int error = fd.close(); error != 0) return io_error("close", full_path, error);
  return {};
}

Status TreeWriter::make_parents(std::string_view path) {
  const std::lock_guard lock(added_->mutex);
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory(path.substr(0, slash));
    if (added_->directories.contains(directory)) continue;
    const std::string full_path = target_ + "/" + directory;
    const std::size_t above = directory.rfind('/');
    UniqueFd holder;
    int parent = root_.get();
    if (above != std::string::npos) {
      holder = open_beneath(root_.get(), directory.substr(0, above), O_RDONLY | O_DIRECTORY);
      if (!holder.valid()) return io_error("open", full_path);
      parent = holder.get();
    }
    const std::string name = directory.substr(above + 1);  // npos + 1 is 0
    if (mkdirat(parent, name.c_str(), kPrivateDirectory) != 0) {
      return io_error("create", full_path);
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
  if (renameat(parent_.get(), temporary_.c_str(), parent_.get(), name_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) return AlreadyExists{target_};
    return io_error("rename to", target_);
  }
  temporary_.clear();
  if (sync_.file(parent_.get()) != 0) return io_error("sync", target_);
  return {};
}

}  // namespace purser
