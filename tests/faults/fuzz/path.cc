// Paths of files in an artifact: what is accepted stays beneath, and clashes with nothing beside
// it.
#include <algorithm>
#include <filesystem>
#include <vector>

#include "artifact_path.h"
#include "faults/fuzz/harness.h"

namespace purser::fuzz {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The rules once more, as docs/artifact-format.md has them.
bool may_name_a_file(std::string_view path) {
  const std::vector<std::string_view> segments = split(path, '/');
  const auto is_allowed = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; };
  return path.size() <= 4096 && segments.size() <= 64 && path.find('\\') == path.npos &&
         std::all_of(path.begin(), path.end(), is_allowed) &&
         std::all_of(segments.begin(), segments.end(), [](std::string_view segment) {
           return !segment.empty() && segment != "." && segment != ".." && segment.size() <= 255;
         });
}

bool is_accepted(std::string_view path) {
  if (mutant("dot-dot") && path.starts_with("../")) path.remove_prefix(3);
  return check_artifact_path(path).has_value();
}

void look_at(std::string_view path) {
  const bool accepted = is_accepted(path);
  require(accepted == may_name_a_file(path), "a path is accepted exactly by the rules");
  if (!accepted) return;
  static const std::filesystem::path root = "/base";
  const std::string joined = (root / path).lexically_normal().string();
  require(joined.starts_with("/base/") && joined.substr(6) == path,
          "an accepted path goes straight down");
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// The same question, answered by comparing each with each.
bool clash(const std::vector<std::string_view>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t j = 0; j < paths.size(); ++j) {
      if (i != j && (paths[i] == paths[j] || is_below(paths[j], paths[i]))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

void look(std::string_view text) {
  look_at(text);
  std::vector<std::string_view> paths;
  for (const std::string_view path : split(text, '\n')) {
    if (paths.size() < 16 && check_artifact_path(path)) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  require(check_no_clash(paths).has_value() == !clash(paths), "a clash is found exactly if it is");
}

}  // namespace purser::fuzz
