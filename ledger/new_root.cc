#include "new_root.h"

#include <sys/stat.h>

#include <boost/filesystem.hpp>

#include "marker.h"
#include "posix.h"
#include "small_file.h"

namespace purser {

namespace {

namespace fs = boost::filesystem;

// What stands where nothing should.
std::string kind_of_file(fs::file_type type) {
  return type == fs::symlink_file ? "a symbolic link; name its target" : "no folder";
}

// What is in a folder that should be empty.
std::string kind_of_folder(const std::string& directory) {
  const auto has = [&](const char* name) {
    boost::system::error_code ignored;
    return fs::exists(fs::path(directory) / name, ignored);
  };
  if (has(kLedgerMarker)) return "a ledger";
  if (has(kBackupMarker)) return "a backup";
  if (has("db") && has("chunks")) {
    return "no ledger: either what is left where making one, or a copy of one, was cut short, or "
           "one that has lost its PURSER; see docs/recovery.md before you delete it";
  }
  return "a folder that is not empty";
}

Status make_empty_root(const std::string& directory) {
  boost::system::error_code error;
  const fs::file_status status = fs::symlink_status(directory, error);
  if (status.type() == fs::file_not_found) {
    if (::mkdir(directory.c_str(), 0700) != 0) return io_error("create", directory);
    return {};
  }
  if (error) return io_error("stat", directory, error.value());
  if (status.type() != fs::directory_file) {
    return AlreadyExists{directory, kind_of_file(status.type())};
  }
  const bool empty = fs::is_empty(directory, error);
  if (error) return io_error("list", directory, error.value());
  if (!empty) return AlreadyExists{directory, kind_of_folder(directory)};
  if (::chmod(directory.c_str(), 0700) != 0) return io_error("chmod", directory);
  return {};
}

// What a failure has left in a directory that was empty.
void empty_again(const std::string& directory) {
  boost::system::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    fs::remove_all(entry->path(), error);
  }
}

}  // namespace

Status fill_new_root(const std::string& directory, const std::function<Status()>& fill) {
  PURSER_TRY(make_empty_root(directory));
  if (Status made = fill(); !made) {
    empty_again(directory);
    return made;
  }
  return sync_directory(fs::absolute(directory).parent_path().string());
}

Status check_apart(const std::string& source, const std::string& into) {
  boost::system::error_code error;
  const fs::path from = fs::canonical(source, error);
  if (error) return io_error("look at", source, error.value());
  const fs::path target = fs::weakly_canonical(fs::absolute(into), error);
  if (error) return io_error("look at", into, error.value());
  for (fs::path folder = target; !folder.empty(); folder = folder.parent_path()) {
    if (folder == from)
      return InvalidArgument{"'" + into + "'", "it lies in what it is to be made from"};
    if (!folder.has_relative_path()) break;
  }
  return {};
}

}  // namespace purser
