// Compares the files of two deployments: a merge of their manifests, which are sorted. Free
// functions.
#pragma once

#include <optional>
#include <vector>

#include "chunk_store.h"
#include "projection.h"
#include "purser/diff.h"
#include "purser/status.h"

namespace purser {

/// Both sorted by path.
void diff_files(const std::vector<FileEntry>& before, const std::vector<FileEntry>& after,
                const FileChangeSink& visit);

struct ComparedFiles {
  std::vector<FileEntry> before;
  std::vector<FileEntry> after;
};

/// Nothing for a side stands for no files. Errors: those of files_of, InvalidArgument for an
/// artifact that lies elsewhere.
Result<ComparedFiles> files_to_compare(const View& view, const ChunkStore& chunks,
                                       std::optional<DeploymentId> before,
                                       std::optional<DeploymentId> after);

}  // namespace purser
