// Finds what no deployment has any more, and gives it back: chunk lists first, then chunks.
//
// What a deployment has: the files of its draft, or its manifest and the files in it, until its
// artifact is deleted. Free functions; one collection at a time. Beside commits and stores: see
// file_notes.h and chunk_store.h.
// Memory: some 200 bytes for each different file and 100 for each chunk.
#pragma once

#include <functional>

#include "chunk_store.h"
#include "file_notes.h"
#include "projection.h"
#include "purser/artifact.h"
#include "purser/collect.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// Runs a task while no commit is under way.
using Exclusively = std::function<Status(const std::function<Status()>& task)>;

/// `view` was taken after `sweep` and `notes` had begun. Errors: Corruption of what says which
/// files a deployment has, nothing is removed then; Io, Cancelled.
Result<CollectReport> collect(Store& store, ChunkStore::Sweep& sweep, const ChunkStore& chunks,
                              FileNotes& notes, const View& view, const Exclusively& exclusively,
                              const CollectOptions& options, const ProgressCallback& progress);

}  // namespace purser
