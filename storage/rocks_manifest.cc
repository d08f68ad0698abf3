#include "rocks_manifest.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <optional>
#include <string_view>

#include "posix.h"
#include "rocks_log_record.h"
#include "rocks_log_walk.h"
#include "small_file.h"
#include "try.h"
#include "unique_fd.h"

namespace purser {
namespace {

constexpr std::size_t kCurrentBytesMax = 256;
constexpr std::string_view kManifestPrefix = "MANIFEST-";

bool is_manifest_name(std::string_view name) {
  if (!name.starts_with(kManifestPrefix)) return false;
  name.remove_prefix(kManifestPrefix.size());
  return !name.empty() && name.find_first_not_of("0123456789") == name.npos;
}

// Of records that stand in logs that are used again.
constexpr char kFirstTypeUsedAgain = 5;
constexpr char kLastTypeUsedAgain = 8;

// Whether that is the type of the first record in the block that is not whole.
bool has_type_used_again(std::string_view block) {
  while (const auto record = first_record(block)) block.remove_prefix(record->size());
  if (block.size() < kLogHeaderBytes) return false;
  const char type = block[kLogHeaderBytes - 1];
  return type >= kFirstTypeUsedAgain && type <= kLastTypeUsedAgain;
}

}  // namespace

Result<std::string> current_manifest(const std::string& database) {
  PURSER_ASSIGN(std::optional<std::string> current,
                read_small_file(database + "/CURRENT", kCurrentBytesMax));
  const std::string where = "database '" + database + "'";
  if (!current) return Corruption{where, "the file CURRENT is missing"};
  while (current->ends_with('\n')) current->pop_back();
  if (!is_manifest_name(*current)) return Corruption{where, "the file CURRENT names no MANIFEST"};
  return *std::move(current);
}

Result<VersionMark> read_version_mark(const std::string& database) {
  VersionMark mark;
  PURSER_ASSIGN(mark.manifest, current_manifest(database));
  struct stat info {};
  const std::string path = database + "/" + mark.manifest;
  if (::stat(path.c_str(), &info) == 0) mark.manifest_bytes = info.st_size;
  return mark;
}

Result<ManifestEnd> find_manifest_end(const std::string& database) {
  PURSER_ASSIGN(std::string name, current_manifest(database));
  PURSER_ASSIGN(const WalkedLog walked,
                walk_log(database + "/" + name, [](std::string_view) { return Status(); }));
  return ManifestEnd{std::move(name), walked.file_bytes, walked.whole_end};
}

Status check_manifest_types(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return io_error("open", path);
  std::string room(kLogBlockBytes, '\0');
  for (std::uint64_t offset = 0;; offset += room.size()) {
    PURSER_ASSIGN(const std::size_t size,
                  read_up_to_at(fd.get(), room.data(), room.size(), offset, path));
    if (has_type_used_again(std::string_view(room).substr(0, size))) {
      return Corruption{path, "a record is not whole"};
    }
    if (size < room.size()) return {};
  }
}

}  // namespace purser
