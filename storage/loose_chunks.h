// Chunks in a file each, as version 0.1.0 stored them, and their move into packs.
//
// Nothing writes this format any more. A file is removed only after a pack holds its chunk durably;
// one that is damaged stays where it is, and whoever reads it is told so.
// On disk: docs/artifact-format.md, "Chunk files". Threads: any for `get`.
#pragma once

#include <string>
#include <vector>

#include "chunk_store.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

class LooseChunks {
 public:
  /// `root`: the open directory of the chunks; must outlive this.
  explicit LooseChunks(int root) : root_(root) {}

  /// The bytes of a chunk, whole and checked. Errors: Corruption (also where there is none),
  /// UnsupportedVersion, Io.
  Result<std::string> get(const Digest& digest) const;

  /// The directories that hold such files.
  Result<std::vector<std::string>> directories() const;
  /// The chunks of one of them, by the names of their files.
  Result<std::vector<Digest>> chunks_in(const std::string& directory) const;
  Status remove(const Digest& digest) const;
  /// Removes what a dead process had not given its final name.
  Status remove_staged() const;
  /// Removes a directory that is empty, and leaves any other.
  Status remove_if_empty(const std::string& directory) const;

 private:
  struct OpenChunk {
    UniqueFd fd;  // at the first byte of the content
    std::uint64_t length = 0;
    std::uint64_t checksum = 0;
  };
  // A chunk whose header and size are right; its content is unread.
  Result<OpenChunk> open_chunk(const Digest& digest) const;

  const int root_;
};

/// Moves every whole chunk into `store`, some at a time; interrupted, the rest is moved next time.
Status move_loose_chunks(const LooseChunks& loose, ChunkStore& store);

}  // namespace purser
