// Looks whether every file of every deployment can be served: manifests, chunk lists, chunks.
#pragma once

#include "chunk_store.h"
#include "projection.h"
#include "purser/artifact.h"
#include "purser/verify.h"
#include "store.h"

namespace purser {

/// What a repair has to let go of.
struct Lost {
  std::vector<Digest> chunks;
  std::vector<Digest> files;
};

/// Memory: some 100 bytes for each different file. Errors: Io, Cancelled; damage is in the report.
Result<VerifyReport> verify_files(const View& view, const ChunkStore& chunks, bool quick,
                                  const ProgressCallback& progress, Lost& lost);

/// Lists and chunks of `lost` count as never stored from now on.
Status forget_lost(Store& store, ChunkStore& chunks, const Lost& lost);

}  // namespace purser
