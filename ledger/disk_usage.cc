#include "disk_usage.h"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "chunk_lists.h"
#include "deployments.h"
#include "files.h"
#include "hash.h"
#include "meter.h"
#include "try.h"

namespace purser {
namespace {

using ChunkSet = std::unordered_map<Digest, std::uint32_t, DigestHash>;  // and their lengths

Status add_chunks_of(const View& view, const Digest& file, ChunkSet& chunks) {
  PURSER_ASSIGN(const ChunkList list, read_chunk_list(view.rows, file));
  for (const ChunkRef& chunk : list.chunks) chunks.emplace(chunk.digest, chunk.length);
  return {};
}

// Every chunk of a deployment once, and how long its files are.
struct Contents {
  ChunkSet chunks;
  std::uint64_t logical = 0;
};
Result<Contents> contents_of(const View& view, const ChunkStore& chunks,
                             const Deployment& deployment) {
  Contents contents;
  PURSER_ASSIGN(const std::vector<FileEntry> files, files_of(view, chunks, deployment.id));
  std::unordered_set<Digest, DigestHash> seen;
  for (const FileEntry& file : files) {
    contents.logical += file.size;
    if (seen.insert(file.digest).second) {
      PURSER_TRY(add_chunks_of(view, file.digest, contents.chunks));
    }
  }
  if (deployment.artifact) {
    const auto& stored = std::get<StoredArtifact>(*deployment.artifact);
    PURSER_TRY(add_chunks_of(view, stored.digest, contents.chunks));
  }
  return contents;
}

// Who has a chunk, and what it takes.
struct Holders {
  std::uint32_t count = 0;
  std::uint32_t length = 0;
  std::uint64_t stored = 0;
};
using Chunks = std::unordered_map<Digest, Holders, DigestHash>;

// Calls `visit` for every deployment whose bytes are here.
template <class Visit>
Status each_deployment(const View& view, const ChunkStore& chunks, Meter& meter,
                       const Visit& visit) {
  PURSER_ASSIGN(const DeploymentId last, last_deployment(view));
  for (DeploymentId id{1}; id <= last; ++id.value) {
    PURSER_ASSIGN(const SharedDeployment deployment, find_deployment(view, id));
    if (deployment && has_files_here(*deployment)) {
      PURSER_ASSIGN(const Contents contents, contents_of(view, chunks, *deployment));
      PURSER_TRY(visit(*deployment, contents));
    }
    PURSER_TRY(meter.file());
  }
  return {};
}

}  // namespace

Result<Usage> disk_usage(const View& view, const ChunkStore& chunks,
                         const ProgressCallback& progress) {
  Usage usage;
  Chunks all;
  PURSER_ASSIGN(const DeploymentId last, last_deployment(view));
  Meter meter(progress, 2 * last.value, 0);
  PURSER_TRY(each_deployment(view, chunks, meter,
                             [&](const Deployment&, const Contents& contents) -> Status {
                               for (const auto& [chunk, length] : contents.chunks) {
                                 Holders& holders = all[chunk];
                                 ++holders.count;
                                 holders.length = length;
                               }
                               return {};
                             }));
  for (auto& [chunk, holders] : all) {
    PURSER_ASSIGN(holders.stored, chunks.stored_bytes(chunk, holders.length));
    usage.stored += holders.stored;
  }
  PURSER_TRY(each_deployment(
      view, chunks, meter, [&](const Deployment& deployment, const Contents& contents) -> Status {
        DeploymentUsage one{deployment.id, deployment.owner_key, contents.logical, 0, 0};
        for (const auto& [chunk, length] : contents.chunks) {
          const Holders& holders = all.at(chunk);
          one.stored += holders.stored;
          if (holders.count == 1) one.unique += holders.stored;
        }
        usage.logical += one.logical;
        usage.deployments.push_back(std::move(one));
        return {};
      }));
  PURSER_ASSIGN(usage.on_disk, chunks.bytes_on_disk());
  return usage;
}

}  // namespace purser
