// What the files of a ledger's deployments are made of, as records of an export, and such records
// as files of a new ledger (purser/carry.h).
//
// One thread at a time. Memory: a record, the drafts, and some 100 bytes for each different chunk
// and file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "chunk_store.h"
#include "content.h"
#include "hash.h"
#include "meter.h"
#include "projection.h"
#include "purser/carry.h"
#include "purser/deployment.h"

namespace purser {

/// Writes every record that the deployments of `view` need, and counts them in `report`. Chunks are
/// read in the order in which they lie, so many at a time as `memory_bytes` hold. Bytes of chunks
/// go to `meter`. Errors: Corruption for what cannot be had, LimitExceeded for a record longer than
/// may be read, Cancelled, Io, those of `sink`.
Status write_records(const View& view, const ChunkStore& chunks, std::size_t memory_bytes,
                     const RecordSink& sink, Meter& meter, CarryReport& report);

/// What `bytes` more make of the length of all drafts. Errors: LimitExceeded.
Status add_draft_bytes(std::uint64_t& all, std::size_t bytes);

/// A draft without files for each deployment of `view` that is `building`, as `create` makes it.
Status put_empty_drafts(const View& view, Store& rows);

/// Takes records into a new ledger that has its events already.
class RecordReader {
 public:
  /// All must outlive the reader.
  RecordReader(Store& rows, ChunkStore& chunks, Meter& meter)
      : rows_(rows), chunks_(chunks), meter_(meter) {}

  /// Errors: Corruption for one that is out of order, is not what it is named after, or needs one
  /// that has not come; UnsupportedVersion, NoSpace, Io, Cancelled.
  Status take(const CarriedRecord& record);
  /// Once, when all have come. Errors: as above, and Corruption for what a deployment of `view`
  /// needs and has not come, and for what nothing needs.
  Status finish(const View& view);

  /// Adds what was taken.
  void count(CarryReport& report) const;

 private:
  struct Chunk {
    std::uint32_t length = 0;
    bool needed = false;
  };
  struct File {
    std::uint64_t size = 0;
    bool needed = false;
  };
  struct Manifest {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    bool needed = false;
  };
  struct Draft {
    std::vector<FileEntry> files;
    bool needed = false;
  };

  Status check_order(const CarriedRecord& record);
  Status take_chunk(const CarriedRecord& record);
  Status take_draft(const CarriedRecord& record);
  Status take_file(const CarriedRecord& record);
  Status take_manifest(const CarriedRecord& record);
  Status check_bytes(const Digest& file, const ChunkList& list) const;
  Status need_files(const std::vector<FileEntry>& files, const std::string& of);
  Status need_files_of(const Deployment& deployment);
  Status need_artifact(const Deployment& deployment, const StoredArtifact& artifact);
  Status need_draft(const Deployment& deployment);
  Status put_list(const Digest& file, const ChunkList& list);
  Status flush();

  Store& rows_;
  ChunkStore& chunks_;
  Meter& meter_;
  std::unique_ptr<ChunkStore::Batch> batch_;
  std::uint64_t batch_bytes_ = 0;
  WriteSet changes_;
  std::string last_;  // what the record before sorts by
  std::unordered_map<Digest, Chunk, DigestHash> known_chunks_;
  std::unordered_map<Digest, File, DigestHash> files_;
  std::unordered_map<Digest, Manifest, DigestHash> manifests_;
  std::map<DeploymentId, Draft> drafts_;
  std::uint64_t draft_bytes_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace purser
