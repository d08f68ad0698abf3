// The manifest: the files of an artifact as canonical text, whose SHA-256 is the artifact's digest.
//
//     purser-manifest 1
//     <0644 or 0755> <size> <SHA-256 of the whole file> <path>
//
// one line per file, sorted by the bytes of the paths, each line ended by a newline. Two manifests
// are equal exactly when the files are. docs/artifact-format.md, "Manifest", has the rules and how
// to recompute one with coreutils. Free functions, safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "purser/artifact.h"
#include "purser/status.h"

namespace purser {

inline constexpr std::uint64_t kManifestFormat = 1;

/// `files` must be what `decode_manifest` accepts: valid paths, sorted, no two alike.
std::string encode_manifest(const std::vector<FileEntry>& files);

/// Takes hostile bytes and accepts nothing but the canonical form. `where` is what a Corruption
/// names. Errors: Corruption, UnsupportedVersion, LimitExceeded (kArtifactFilesMax).
Result<std::vector<FileEntry>> decode_manifest(std::string_view text,
                                               std::string_view where = "manifest");

}  // namespace purser
