#include "held_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "beneath.h"
#include "posix.h"
#include "try.h"
#include "while_unchanged.h"

namespace purser {
namespace {

constexpr std::uint64_t kPieceBytes = std::uint64_t{256} << 10;
static_assert(kBurstBytes % kPieceBytes == 0);

Result<UniqueFd> open_folder(int at, const char* name, const std::string& path) {
  UniqueFd fd(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return own_file_error("'" + path + "'", errno);
  return fd;
}

// In the order in which they were begun, since a number of six digits may become one of seven.
bool comes_before(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Result<std::uint64_t> size_of(const UniqueFd& fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("stat", path);
  return static_cast<std::uint64_t>(info.st_size);
}

// Zeros are written ahead of a log (rocks_log_writer.h): what is there now must be kept now.
Status read_content(HeldFile& file) {
  std::string content(file.bytes, '\0');
  PURSER_ASSIGN(const std::size_t size,
                read_up_to_at(file.fd.get(), content.data(), content.size(), 0, file.path));
  content.resize(size);
  file.content = std::move(content);
  return {};
}

// Whatever a row says that a log holds has its tables as long as the MANIFEST stays as it is. A log
// is complete once another one was begun.
Result<std::vector<HeldFile>> hold_once(int folder, const std::string& database) {
  PURSER_ASSIGN(std::vector<std::string> names, list_names(folder, database));
  std::sort(names.begin(), names.end(), comes_before);
  std::vector<HeldFile> held;
  for (const std::string& name : names) {
    const std::string file_path = fmt::format("{}/{}", database, name);
    struct stat info {};
    if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // the database has another MANIFEST by now, or a longer one
      return io_error("stat", file_path);
    }
    if (!S_ISREG(info.st_mode) || name == "LOCK") continue;
    HeldFile file{name, open_beneath(folder, name, O_RDONLY | O_NONBLOCK), 0};
    if (!file.fd.valid() && errno == ENOENT) continue;
    if (!file.fd.valid()) return own_file_error("'" + file_path + "'", errno);
    PURSER_ASSIGN(file.bytes, size_of(file.fd, name));
    held.push_back(std::move(file));
  }
  const auto last_log = std::find_if(
      held.rbegin(), held.rend(), [](const HeldFile& file) { return file.path.ends_with(".log"); });
  if (last_log != held.rend()) PURSER_TRY(read_content(*last_log));
  return held;
}

using KnownFiles = std::map<std::string, UniqueFd>;

// `path`: of the folder, below where it began; empty there, else ending in a slash.
Status hold_below(const UniqueFd& folder, const std::string& path, KnownFiles& known,
                  std::vector<HeldFile>& held) {
  PURSER_ASSIGN(std::vector<std::string> names, list_names(folder.get(), path));
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string file_path = path + name;
    struct stat info {};
    if (::fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return io_error("stat", file_path);
    }
    if (S_ISDIR(info.st_mode)) {
      PURSER_ASSIGN(const UniqueFd inner, open_folder(folder.get(), name.c_str(), file_path));
      PURSER_TRY(hold_below(inner, file_path + "/", known, held));
    }
    if (!S_ISREG(info.st_mode)) continue;
    HeldFile file{file_path, std::move(known[file_path]), 0};
    if (!file.fd.valid()) file.fd = open_beneath(folder.get(), name, O_RDONLY | O_NONBLOCK);
    if (!file.fd.valid() && errno == ENOENT) continue;
    if (!file.fd.valid()) return own_file_error("'" + file_path + "'", errno);
    known.erase(file_path);
    held.push_back(std::move(file));
  }
  return {};
}

// Has the disk write the piece that ends at `end`, and waits for it at the end of a burst. Where
// that cannot be asked for, the sync in the end does all.
Status write_out(int to, std::uint64_t end, const std::string& path) {
  const auto sync = [&](std::uint64_t bytes, unsigned how) {
    const int done =
        ::sync_file_range(to, static_cast<off_t>(end - bytes), static_cast<off_t>(bytes), how);
    return done == 0 || (errno != EIO && errno != ENOSPC && errno != EDQUOT);
  };
  constexpr unsigned kWait =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  const bool written =
      end % kBurstBytes == 0 ? sync(kBurstBytes, kWait) : sync(kPieceBytes, SYNC_FILE_RANGE_WRITE);
  return written ? Status() : io_error("write", path);
}

Status copy_bytes(const HeldFile& from, int to, std::string& room, const CopiedBytes& copied) {
  for (std::uint64_t at = 0; at < from.bytes;) {
    const std::size_t wanted = std::min<std::uint64_t>(room.size(), from.bytes - at);
    PURSER_ASSIGN(const std::size_t got,
                  read_up_to_at(from.fd.get(), room.data(), wanted, at, from.path));
    if (got == 0) break;  // zeros at the end of a log, which are cut off when it is closed
    PURSER_TRY(write_all(to, std::string_view(room).substr(0, got), from.path));
    at += got;
    if (got == kPieceBytes) PURSER_TRY(write_out(to, at, from.path));
    PURSER_TRY(copied(got));
  }
  return {};
}

Status write_content(const HeldFile& from, int to, const CopiedBytes& copied) {
  const std::string_view content = *from.content;
  for (std::size_t at = 0; at < content.size();) {
    const std::string_view piece = content.substr(at, kPieceBytes);
    PURSER_TRY(write_all(to, piece, from.path));
    at += piece.size();
    if (piece.size() == kPieceBytes) PURSER_TRY(write_out(to, at, from.path));
    PURSER_TRY(copied(piece.size()));
  }
  return {};
}

Status make_folders(int root, const std::string& path, std::set<std::string>& made) {
  for (std::size_t end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
    const std::string folder = path.substr(0, end);
    if (!made.insert(folder).second) continue;
    if (::mkdirat(root, folder.c_str(), 0700) != 0) return io_error("create", folder);
  }
  return {};
}

class Copies {
 public:
  Copies(UniqueFd root, std::string path) : root_(std::move(root)), path_(std::move(path)) {}

  Status add(const HeldFile& file, const CopiedBytes& copied) {
    PURSER_TRY(make_folders(root_.get(), file.path, folders_));
    UniqueFd target = open_beneath(root_.get(), file.path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!target.valid()) return io_error("create", path_ + "/" + file.path);
    PURSER_TRY(file.content ? write_content(file, target.get(), copied)
                            : copy_bytes(file, target.get(), room_, copied));
    if (const int error = target.close(); error != 0) return io_error("close", file.path, error);
    return {};
  }

 private:
  const UniqueFd root_;
  const std::string path_;
  std::set<std::string> folders_;
  std::string room_ = std::string(kPieceBytes, '\0');
};

}  // namespace

Result<std::vector<HeldFile>> hold_database(const std::string& database) {
  PURSER_ASSIGN(const UniqueFd folder, open_folder(AT_FDCWD, database.c_str(), database));
  return while_unchanged<std::vector<HeldFile>>(database,
                                                [&] { return hold_once(folder.get(), database); });
}

Result<std::vector<HeldFile>> hold_folder(const std::string& folder, std::vector<HeldFile> known) {
  PURSER_ASSIGN(const UniqueFd root, open_folder(AT_FDCWD, folder.c_str(), folder));
  KnownFiles open;
  for (HeldFile& file : known) open.emplace(file.path, std::move(file.fd));
  std::vector<HeldFile> held;
  PURSER_TRY(hold_below(root, "", open, held));
  for (auto& [path, fd] : open) {
    if (fd.valid()) held.push_back({path, std::move(fd), 0});  // removed since
  }
  for (HeldFile& file : held) {
    PURSER_ASSIGN(file.bytes, size_of(file.fd, file.path));
  }
  return held;
}

Status copy_held(const std::vector<HeldFile>& files, const std::string& folder,
                 const CopiedBytes& copied) {
  PURSER_ASSIGN(UniqueFd root, open_folder(AT_FDCWD, folder.c_str(), folder));
  Copies copies(std::move(root), folder);
  for (const HeldFile& file : files) PURSER_TRY(copies.add(file, copied));
  return {};
}

}  // namespace purser
