// Adds up what deployments take on disk.
#pragma once

#include "chunk_store.h"
#include "projection.h"
#include "purser/artifact.h"
#include "purser/usage.h"

namespace purser {

/// Memory: some 60 bytes for each different chunk, and for each deployment. `progress` counts
/// deployments as files, twice. Errors: Corruption, Io, Cancelled.
Result<Usage> disk_usage(const View& view, const ChunkStore& chunks,
                         const ProgressCallback& progress);

}  // namespace purser
