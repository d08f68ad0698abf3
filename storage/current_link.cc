#include "current_link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem/operations.hpp>
#include <cerrno>
#include <utility>

#include "place.h"
#include "try.h"

namespace purser {
namespace {

// The place of `link`, where nothing else stands.
Result<Place> open_link_place(const std::string& link) {
  PURSER_ASSIGN(Place place, open_place(link));
  struct stat info {};
  if (fstatat(place.directory.get(), place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISLNK(info.st_mode)) return AlreadyExists{link, "no symbolic link"};
  } else if (errno != ENOENT) {
    return io_error("stat", link);
  }
  return place;
}

// The absolute path of a directory without links on the way.
Result<std::string> absolute(const std::string& directory) {
  boost::system::error_code error;
  const auto path = boost::filesystem::canonical(directory, error);
  if (error) return io_error("resolve", directory, error.value());
  return path.string();
}

// What a link in `holder` has to say to lead to `directory`.
Result<std::string> way_to(const std::string& directory, const std::string& holder) {
  PURSER_ASSIGN(std::string to, absolute(directory));
  PURSER_ASSIGN(std::string from, absolute(holder));
  if (from.back() != '/') from += '/';
  if (to.starts_with(from)) to.erase(0, from.size());
  return to;
}

}  // namespace

Status check_current_link(const std::string& link) {
  PURSER_ASSIGN(const Place place, open_link_place(link));
  return {};
}

Status swing_current_link(const std::string& link, const std::string& directory,
                          const SyncCalls& sync) {
  PURSER_ASSIGN(const Place place, open_link_place(link));
  PURSER_ASSIGN(const std::string way, way_to(directory, place.parent));
  PURSER_ASSIGN(const std::string temporary, temporary_name());
  const int holder = place.directory.get();
  if (symlinkat(way.c_str(), holder, temporary.c_str()) != 0) return io_error("create", link);
  if (renameat(holder, temporary.c_str(), holder, place.name.c_str()) != 0) {
    const int error = errno;
    unlinkat(holder, temporary.c_str(), 0);  // nobody is left to tell if it stays
    if (error == EISDIR) return AlreadyExists{link, "no symbolic link"};
    return io_error("rename to", link, error);
  }
  if (sync.file(holder) != 0) return io_error("sync", place.parent);
  return {};
}

}  // namespace purser
