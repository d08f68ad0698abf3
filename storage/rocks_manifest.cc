#include "rocks_manifest.h"

#include <optional>
#include <string_view>

#include "rocks_log_walk.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kCurrentBytesMax = 256;
constexpr std::string_view kManifestPrefix = "MANIFEST-";

bool is_manifest_name(std::string_view name) {
  if (!name.starts_with(kManifestPrefix)) return false;
  name.remove_prefix(kManifestPrefix.size());
  return !name.empty() && name.find_first_not_of("0123456789") == name.npos;
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

Result<ManifestEnd> find_manifest_end(const std::string& database) {
  PURSER_ASSIGN(std::string name, current_manifest(database));
  PURSER_ASSIGN(const WalkedLog walked,
                walk_log(database + "/" + name, [](std::string_view) { return Status(); }));
  return ManifestEnd{std::move(name), walked.file_bytes, walked.whole_end};
}

}  // namespace purser
