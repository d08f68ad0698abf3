#include "bench_folder.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace purser::tools {
namespace {

// What every ledger has, see docs/storage-format.md.
constexpr const char* kLedgerMarker = "PURSER";

Status refuse_ledger(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder / kLedgerMarker, error)) return {};
  return InvalidArgument{
      "--dir", fmt::format("'{}' is a ledger, and is left as it is; name another folder with --dir",
                           folder.native())};
}

}  // namespace

Status check_bench_directory(const std::string& directory) {
  if (directory.empty()) return InvalidArgument{"--dir", "is empty"};
  std::error_code error;
  std::filesystem::path folder = std::filesystem::canonical(directory, error);
  if (error == std::errc::no_such_file_or_directory) {
    return NotFound{std::nullopt, fmt::format("folder '{}'", directory)};
  }
  if (error) return Io{"look at", directory, error.message()};
  for (; folder.has_relative_path(); folder = folder.parent_path()) {
    if (Status free = refuse_ledger(folder); !free) return free;
  }
  return refuse_ledger(folder);
}

bool is_in_memory(const std::string& directory) {
  struct statfs answer {};
  if (::statfs(directory.c_str(), &answer) != 0) return false;
  const auto type = static_cast<unsigned long>(answer.f_type);
  return type == TMPFS_MAGIC || type == RAMFS_MAGIC;
}

Status check_bench_place(Session& session, const std::string& directory) {
  if (session.ledger_named()) {
    return InvalidArgument{"--ledger",
                           "not for 'bench', which works on a scratch ledger of its "
                           "own; name the folder to make it in with --dir"};
  }
  if (Status usable = check_bench_directory(directory); !usable) return usable;
  if (is_in_memory(directory)) {
    session.warn(InvalidArgument{"--dir", fmt::format("'{}' is in memory: nothing reaches a disk, "
                                                      "and the figures say nothing about one",
                                                      directory)});
  }
  return {};
}

Result<BenchFolder> BenchFolder::make(const std::string& directory) {
  std::string path = (std::filesystem::path(directory) / "purser-bench-XXXXXX").native();
  if (::mkdtemp(path.data()) == nullptr) {
    return Io{"make a folder in", directory, std::generic_category().message(errno)};
  }
  return BenchFolder(std::move(path));
}

BenchFolder::BenchFolder(std::string path) : path_(std::move(path)) {}

BenchFolder::BenchFolder(BenchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

BenchFolder::~BenchFolder() { static_cast<void>(remove()); }

Status BenchFolder::remove() {
  if (path_.empty()) return {};
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) return Io{"remove", path_, error.message()};
  path_.clear();
  return {};
}

}  // namespace purser::tools
