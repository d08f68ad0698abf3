#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "carry_records.h"
#include "chunk_lists.h"
#include "deployments.h"
#include "draft.h"
#include "files.h"
#include "manifest.h"
#include "try.h"

namespace purser {
namespace {

// What the deployments of one state of a ledger need, by what each is named after.
class Needed {
 public:
  Needed(const View& view, const ChunkStore& store) : view_(view), store_(store) {}

  Status find() {
    PURSER_TRY(visit_deployments(view_, [&](const SharedDeployment& deployment) -> Status {
      return has_files_here(*deployment) ? find_files_of(*deployment) : Status();
    }));
    for (const auto& [file, size] : files) {
      PURSER_ASSIGN(const ChunkList list, read_chunk_list(view_.rows, file));
      if (list.size != size) {
        return Corruption{"chunk list " + to_hex(file), "its size differs from the file's"};
      }
      for (const ChunkRef& chunk : list.chunks) chunks.emplace(chunk.digest, chunk.length);
    }
    return {};
  }

  std::map<Digest, std::uint32_t> chunks;  // with their lengths
  std::vector<DeploymentId> drafts;
  std::map<Digest, std::uint64_t> files;  // with their sizes
  std::map<Digest, DeploymentId> manifests;

 private:
  Status find_files_of(const Deployment& deployment) {
    if (!deployment.artifact) {
      drafts.push_back(deployment.id);
    } else {
      const Digest& digest = std::get<StoredArtifact>(*deployment.artifact).digest;
      if (!manifests.emplace(digest, deployment.id).second) return {};
    }
    PURSER_ASSIGN(const std::vector<FileEntry> entries, files_of(view_, store_, deployment.id));
    for (const FileEntry& entry : entries) files.emplace(entry.digest, entry.size);
    return {};
  }

  const View& view_;
  const ChunkStore& store_;
};

class Records {
 public:
  Records(const View& view, const ChunkStore& store, const RecordSink& sink, Meter& meter)
      : view_(view), store_(store), sink_(sink), meter_(meter) {}

  // Each chunk once, by digest; read in the order in which they lie, those of a run together.
  Status write_chunks(const std::map<Digest, std::uint32_t>& chunks, std::size_t memory_bytes) {
    std::vector<Digest> run;
    std::size_t bytes = 0;
    for (const auto& [digest, length] : chunks) {
      if (!run.empty() && bytes + length > memory_bytes) {
        PURSER_TRY(write_run(std::exchange(run, {})));
        bytes = 0;
      }
      run.push_back(digest);
      bytes += length;
    }
    return write_run(run);
  }

  Status write_drafts(const std::vector<DeploymentId>& ids, CarryReport& report) {
    std::uint64_t all = 0;
    for (const DeploymentId id : ids) {
      PURSER_ASSIGN(const std::vector<FileEntry> files, files_of(view_, store_, id));
      const std::string manifest = encode_manifest(files);
      PURSER_TRY(add_draft_bytes(all, manifest.size()));
      PURSER_TRY(write({RecordKind::draft, {}, id, manifest}));
      report.drafts += files.empty() ? 0 : 1;
    }
    return {};
  }

  Status write_files(const std::map<Digest, std::uint64_t>& files) {
    for (const auto& [digest, size] : files) {
      PURSER_ASSIGN(const ChunkList list, read_chunk_list(view_.rows, digest));
      PURSER_TRY(write({RecordKind::file, digest, {}, encode_chunk_list(list)}));
    }
    return {};
  }

  Status write_manifests(const std::map<Digest, DeploymentId>& manifests) {
    for (const auto& [digest, id] : manifests) {
      PURSER_ASSIGN(const std::vector<FileEntry> files, files_of(view_, store_, id));
      PURSER_TRY(write({RecordKind::manifest, digest, {}, encode_manifest(files)}));
    }
    return {};
  }

 private:
  Status write_run(const std::vector<Digest>& run) {
    std::vector<std::pair<std::uint64_t, std::size_t>> order(run.size());
    for (std::size_t i = 0; i < run.size(); ++i) {
      PURSER_ASSIGN(const std::uint64_t place, store_.reading_order(run[i]));
      order[i] = {place, i};
    }
    std::sort(order.begin(), order.end());
    std::vector<std::string> bytes(run.size());
    for (const auto& [place, i] : order) {
      PURSER_ASSIGN(bytes[i], store_.get(run[i]));
      PURSER_TRY(meter_.bytes(bytes[i].size()));
    }
    for (std::size_t i = 0; i < run.size(); ++i) {
      PURSER_TRY(write({RecordKind::chunk, run[i], {}, std::move(bytes[i])}));
    }
    return {};
  }

  Status write(const CarriedRecord& record) {
    if (record.bytes.size() > kRecordBytesMax) {
      return LimitExceeded{std::string(to_string(record.kind)) + " record", kRecordBytesMax,
                           record.bytes.size()};
    }
    return sink_(record);
  }

  const View& view_;
  const ChunkStore& store_;
  const RecordSink& sink_;
  Meter& meter_;
};

}  // namespace

Status write_records(const View& view, const ChunkStore& chunks, std::size_t memory_bytes,
                     const RecordSink& sink, Meter& meter, CarryReport& report) {
  Needed needed(view, chunks);
  PURSER_TRY(needed.find());
  report.with_artifacts = true;
  report.chunks = needed.chunks.size();
  report.files = needed.files.size();
  report.manifests = needed.manifests.size();
  for (const auto& [digest, length] : needed.chunks) report.bytes += length;
  Records records(view, chunks, sink, meter);
  PURSER_TRY(records.write_chunks(needed.chunks, memory_bytes));
  PURSER_TRY(records.write_drafts(needed.drafts, report));
  PURSER_TRY(records.write_files(needed.files));
  return records.write_manifests(needed.manifests);
}

}  // namespace purser
