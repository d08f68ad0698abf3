// Files on their way in: their chunks are made durable here, and no row names them yet. The commit
// that does is decide_store (files.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chunk_store.h"
#include "content.h"
#include "purser/artifact.h"
#include "purser/commands.h"
#include "store.h"

namespace purser {

struct StagedFile {
  FileEntry entry;
  std::optional<ChunkList> chunks;  ///< nothing: the ledger has the list of a file like this
};
struct StagedFiles {
  std::vector<StagedFile> files;  ///< sorted by path
  StoreReport report;
};

/// Errors: InvalidPath, Io, ReadOnly.
Result<StagedFiles> stage_bytes(ChunkStore& chunks, std::string_view path, std::string_view bytes,
                                bool executable);

/// Reads, hashes, cuts and compresses on all processors. A file whose bytes the ledger holds
/// already (by `rows`) is hashed and not cut. Memory: up to 8 MiB for each thread, and what
/// `chunks` needs. Errors: also NotFound, LimitExceeded, Cancelled.
Result<StagedFiles> stage_tree(ChunkStore& chunks, const RowReader& rows,
                               const std::string& directory, const ProgressCallback& progress);

}  // namespace purser
