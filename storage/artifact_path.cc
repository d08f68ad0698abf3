#include "artifact_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace purser {
namespace {

InvalidPath invalid(std::string_view path, std::string why) {
  return {std::string(path), std::move(why)};
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

// Why `segment` may not be part of a path; empty if it may.
std::string segment_fault(std::string_view segment) {
  if (segment.empty()) return "it has an empty segment";
  if (segment == "." || segment == "..") return fmt::format("'{}' is no name", segment);
  if (segment.size() > kPathSegmentBytesMax) {
    return fmt::format("a segment has {} bytes, at most {} are allowed", segment.size(),
                       kPathSegmentBytesMax);
  }
  return {};
}

// Length of the common beginning of `a` and `b`.
std::size_t common_prefix(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return static_cast<std::size_t>(end - a.begin());
}

}  // namespace

Status check_artifact_path(std::string_view path) {
  if (path.empty()) return invalid(path, "it is empty");
  if (path.size() > kPathBytesMax) {
    return invalid(
        path, fmt::format("it has {} bytes, at most {} are allowed", path.size(), kPathBytesMax));
  }
  if (path.front() == '/') return invalid(path, "it is absolute");
  if (std::any_of(path.begin(), path.end(), is_control)) {
    return invalid(path, "it has a control character");
  }
  if (path.find('\\') != std::string_view::npos) return invalid(path, "it has a backslash");

  std::size_t depth = 0;
  for (std::string_view rest = path;; ++depth) {
    const std::size_t slash = rest.find('/');
    std::string fault = segment_fault(rest.substr(0, slash));
    if (!fault.empty()) return invalid(path, std::move(fault));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (++depth > kPathDepthMax) {
    return invalid(
        path, fmt::format("it is {} levels deep, at most {} are allowed", depth, kPathDepthMax));
  }
  return {};
}

// A file that must be a directory for a later path need not stand right before it ("a", "a-b",
// "a/b"), so each directory is looked up, once: those shared with the path before were.
Status check_no_clash(const std::vector<std::string_view>& sorted) {
  std::string_view before;
  for (const std::string_view path : sorted) {
    if (path == before) return invalid(path, "it is named twice");
    std::size_t slash = path.find('/', common_prefix(before, path));
    for (; slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      const std::string_view directory = path.substr(0, slash);
      if (std::binary_search(sorted.begin(), sorted.end(), directory)) {
        return invalid(path, fmt::format("'{}' is a file", directory));
      }
    }
    before = path;
  }
  return {};
}

}  // namespace purser
