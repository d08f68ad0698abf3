// Files on their way in: their chunks are made durable here, and no row names them yet. The commit
// that does is decide_store (files.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chunk_store.h"
#include "content.h"
#include "file_notes.h"
#include "purser/artifact.h"
#include "purser/commands.h"
#include "store.h"

namespace purser {

struct StagedFile {
  FileEntry entry;
  ChunkList chunks;
  bool known = false;  ///< the ledger had this list when it was looked for
};
/// Destroyed after the commit that names the files: until then they are held.
struct StagedFiles {
  std::vector<StagedFile> files;  ///< sorted by path
  StoreReport report;
  std::uint64_t erasures = 0;  ///< of chunk lists, before any was looked for (file_notes.h)
  std::vector<std::unique_ptr<ChunkStore::Batch>> batches;
  WriteSet seen;  ///< what to note of files as they are now
};

/// For taking files as they were seen before, and noting what they look like now.
struct SeenBefore {
  std::string owner;
  Timestamp begun;  ///< when nothing had been looked at yet
};

/// Errors: InvalidPath, Io, ReadOnly.
Result<StagedFiles> stage_bytes(ChunkStore& chunks, std::string_view path, std::string_view bytes,
                                bool executable);

/// The same for bytes that come from `source`. Memory: a few MiB, whatever comes.
Result<StagedFiles> stage_stream(ChunkStore& chunks, std::string_view path,
                                 const ByteSource& source, bool executable);

/// Reads, hashes, cuts and compresses on all processors. A file whose bytes the ledger holds
/// already (by `store`) is hashed and not cut, and with `seen` one that looks as it did is not
/// read. Memory: up to 8 MiB for each thread, and what `chunks` needs. Errors: also NotFound,
/// LimitExceeded, Cancelled.
Result<StagedFiles> stage_tree(ChunkStore& chunks, const Store& store, const FileNotes& notes,
                               const std::string& directory, const std::optional<SeenBefore>& seen,
                               const ProgressCallback& progress);

}  // namespace purser
