// The files of a deployment as a directory tree.
#pragma once

#include <string>

#include "chunk_store.h"
#include "projection.h"
#include "purser/artifact.h"
#include "purser/commands.h"

namespace purser {

/// Errors: those of files_of, TreeWriter, TreeDonor and swing_current_link, InvalidArgument (the
/// bytes lie elsewhere), Cancelled.
Result<MaterializeReport> materialize_files(const View& view, const ChunkStore& chunks,
                                            DeploymentId id, const std::string& directory,
                                            const MaterializeOptions& options,
                                            const ProgressCallback& progress);

}  // namespace purser
