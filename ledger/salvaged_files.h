// Files that go from the chunks of one ledger to those of another, each of them whole or not at
// all, whatever the rows of the first one say.
//
// Every chunk and every file is hashed on the way. One thread at a time. Memory: some 100 bytes for
// each different file. Errors: Io, UnsupportedVersion; a file that cannot be had is no error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "chunk_store.h"
#include "content.h"
#include "hash.h"
#include "purser/artifact.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

class SalvagedFiles {
 public:
  /// `lists`: rows with the chunk lists of `source`. All must outlive this.
  SalvagedFiles(const RowReader& lists, const ChunkStore& source, Store& rows, ChunkStore& target)
      : lists_(lists), source_(source), rows_(rows), target_(target) {}

  /// Copies a file, unless it was copied before. Why it cannot be had; empty where it can.
  Result<std::string> copy(const FileEntry& file);

  /// Copies a manifest, and tells the files that it names; what is wrong with it otherwise.
  struct Manifest {
    std::vector<FileEntry> files;
    std::string wrong;
  };
  Result<Manifest> copy_manifest(const Digest& digest);

  /// Once, at the end: all that was copied is on stable storage then.
  Status flush();

  [[nodiscard]] std::uint64_t files() const { return files_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  [[nodiscard]] Result<ChunkList> list_of(const Digest& file) const;
  [[nodiscard]] Status check_held(const ChunkList& list) const;
  Status copy_chunks(const Digest& file, const ChunkList& list);
  Status try_to_copy(const FileEntry& file);

  const RowReader& lists_;
  const ChunkStore& source_;
  Store& rows_;
  ChunkStore& target_;
  std::unique_ptr<ChunkStore::Batch> batch_;
  WriteSet changes_;  // lists of files whose chunks are in the batch
  std::uint64_t batch_bytes_ = 0;
  std::unordered_set<Digest, DigestHash> copied_;
  std::unordered_map<Digest, std::string, DigestHash> lost_;
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace purser
