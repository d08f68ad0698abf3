// Which byte strings may name a file of an artifact. docs/artifact-format.md, "Paths".
//
// An accepted path is relative and stays beneath whatever directory it is joined to, on this system
// and on those that take `\` for a separator. Bytes are compared as they are, never normalised.
// Free functions, safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "purser/status.h"

namespace purser {

inline constexpr std::size_t kPathBytesMax = 4096;
inline constexpr std::size_t kPathSegmentBytesMax = 255;
inline constexpr std::size_t kPathDepthMax = 64;  ///< segments, the file's own name included
/// The most files of one artifact, tree or manifest.
inline constexpr std::uint64_t kArtifactFilesMax = 1'000'000;

/// Ok, or InvalidPath{path, why}.
Status check_artifact_path(std::string_view path);

/// `sorted` holds valid paths in ascending order of their bytes. InvalidPath for the first one that
/// occurs twice or that needs another file of the list to be a directory (`a` and `a/b`).
Status check_no_clash(const std::vector<std::string_view>& sorted);

}  // namespace purser
