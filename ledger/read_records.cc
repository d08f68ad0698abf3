#include <fmt/format.h>

#include <utility>

#include "carry_records.h"
#include "chunk_lists.h"
#include "deployments.h"
#include "draft.h"
#include "files.h"
#include "key.h"
#include "manifest.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kRowsOfOneWrite = 1024;
constexpr std::uint64_t kBytesOfOneCommit = std::uint64_t{64} << 20;

std::string name_of(RecordKind kind, const Digest& digest) {
  return fmt::format("{} {}", to_string(kind), to_hex(digest));
}
std::string name_of(DeploymentId draft) { return fmt::format("draft {}", draft.value); }
std::string name_of(const CarriedRecord& record) {
  return record.kind == RecordKind::draft ? name_of(record.id)
                                          : name_of(record.kind, record.digest);
}

Error not_needed(const std::string& name) {
  return Corruption{name, "no deployment of this ledger needs it"};
}

// The first that nothing needs.
template <class Known>
Status check_all_needed(RecordKind kind, const Known& known) {
  for (const auto& [digest, one] : known) {
    if (!one.needed) return not_needed(name_of(kind, digest));
  }
  return {};
}

}  // namespace

Status add_draft_bytes(std::uint64_t& all, std::size_t bytes) {
  all += bytes;
  if (all <= kRecordBytesMax) return {};
  return LimitExceeded{"drafts", kRecordBytesMax, all};
}

Status put_empty_drafts(const View& view, Store& rows) {
  WriteSet changes;
  PURSER_TRY(visit_deployments(view, [&](const SharedDeployment& deployment) -> Status {
    if (deployment->status != DeploymentStatus::building) return {};
    put_draft_head(changes, deployment->id, {});
    if (changes.size() < kRowsOfOneWrite) return {};
    PURSER_TRY(rows.write(changes));
    changes.clear();
    return {};
  }));
  return changes.empty() ? Status() : rows.write(changes);
}

Status RecordReader::take(const CarriedRecord& record) {
  if (record.bytes.size() > kRecordBytesMax) {
    return LimitExceeded{name_of(record), kRecordBytesMax, record.bytes.size()};
  }
  PURSER_TRY(check_order(record));
  switch (record.kind) {
    case RecordKind::chunk: return take_chunk(record);
    case RecordKind::draft: return take_draft(record);
    case RecordKind::file: return take_file(record);
    case RecordKind::manifest: return take_manifest(record);
  }
  return {};
}

Status RecordReader::check_order(const CarriedRecord& record) {
  Key key(static_cast<char>('0' + static_cast<char>(record.kind)));
  const auto& bytes = record.digest.bytes;
  const bool is_draft = record.kind == RecordKind::draft;
  std::string place =
      is_draft ? key.number(record.id).str()
               : key.raw({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).str();
  if (place <= last_) return Corruption{name_of(record), "it comes twice, or not in its place"};
  last_ = std::move(place);
  return {};
}

Status RecordReader::take_chunk(const CarriedRecord& record) {
  const bool has_length = !record.bytes.empty() && record.bytes.size() <= kChunkRecordBytesMax;
  if (!has_length || sha256(record.bytes) != record.digest) {
    return Corruption{name_of(record), "its SHA-256 differs"};
  }
  if (!batch_) {
    PURSER_ASSIGN(batch_, chunks_.begin());
  }
  PURSER_TRY(batch_->put(record.digest, record.bytes));
  known_chunks_.emplace(record.digest, Chunk{static_cast<std::uint32_t>(record.bytes.size())});
  bytes_ += record.bytes.size();
  batch_bytes_ += record.bytes.size();
  PURSER_TRY(meter_.bytes(record.bytes.size()));
  return batch_bytes_ >= kBytesOfOneCommit ? flush() : Status();
}

// Its files have not come yet, so it is kept until the end.
Status RecordReader::take_draft(const CarriedRecord& record) {
  PURSER_TRY(add_draft_bytes(draft_bytes_, record.bytes.size()));
  PURSER_ASSIGN(auto files, decode_manifest(record.bytes, name_of(record)));
  drafts_.emplace(record.id, Draft{std::move(files)});
  return {};
}

Status RecordReader::take_file(const CarriedRecord& record) {
  if (files_.empty()) PURSER_TRY(flush());  // so that chunks can be read
  const std::string name = name_of(record);
  PURSER_ASSIGN(const ChunkList list, decode_chunk_list(record.bytes, name));
  for (const ChunkRef& ref : list.chunks) {
    const auto found = known_chunks_.find(ref.digest);
    if (found == known_chunks_.end()) {
      return Corruption{name_of(RecordKind::chunk, ref.digest),
                        "it is missing: " + name + " needs it"};
    }
    if (found->second.length != ref.length) {
      return Corruption{name, "it has another length for chunk " + to_hex(ref.digest)};
    }
    found->second.needed = true;
  }
  PURSER_TRY(check_bytes(record.digest, list));
  files_.emplace(record.digest, File{list.size});
  return put_list(record.digest, list);
}

Status RecordReader::check_bytes(const Digest& file, const ChunkList& list) const {
  if (list.chunks.size() == 1 && list.chunks.front().digest == file) return {};
  Sha256 whole;
  PURSER_TRY(read_content(chunks_, list, [&](std::string_view bytes) -> Status {
    whole.update(bytes);
    return meter_.bytes(0);
  }));
  if (whole.finish() == file) return {};
  return Corruption{name_of(RecordKind::file, file), "its SHA-256 differs"};
}

Status RecordReader::take_manifest(const CarriedRecord& record) {
  const std::string name = name_of(record);
  if (sha256(record.bytes) != record.digest) return Corruption{name, "its SHA-256 differs"};
  PURSER_ASSIGN(const auto files, decode_manifest(record.bytes, name));
  PURSER_TRY(need_files(files, name));
  Manifest manifest{files.size()};
  for (const FileEntry& file : files) manifest.bytes += file.size;
  manifests_.emplace(record.digest, manifest);
  if (!batch_) {
    PURSER_ASSIGN(batch_, chunks_.begin());
  }
  PURSER_ASSIGN(const StoredContent content, put_content(*batch_, record.digest, record.bytes));
  batch_bytes_ += record.bytes.size();
  return put_list(record.digest, content.list);
}

Status RecordReader::need_files(const std::vector<FileEntry>& files, const std::string& of) {
  for (const FileEntry& file : files) {
    const auto found = files_.find(file.digest);
    if (found == files_.end()) {
      return Corruption{name_of(RecordKind::file, file.digest),
                        fmt::format("it is missing: {} needs it as '{}'", of, file.path)};
    }
    if (found->second.size != file.size) {
      return Corruption{of, "it has another size for file " + to_hex(file.digest)};
    }
    found->second.needed = true;
  }
  return {};
}

Status RecordReader::finish(const View& view) {
  PURSER_TRY(visit_deployments(view, [&](const SharedDeployment& deployment) -> Status {
    return has_files_here(*deployment) ? need_files_of(*deployment) : Status();
  }));
  PURSER_TRY(check_all_needed(RecordKind::chunk, known_chunks_));
  PURSER_TRY(check_all_needed(RecordKind::file, files_));
  PURSER_TRY(check_all_needed(RecordKind::manifest, manifests_));
  for (const auto& [id, draft] : drafts_) {
    if (!draft.needed) return not_needed(name_of(id));
  }
  return flush();
}

Status RecordReader::need_files_of(const Deployment& deployment) {
  if (!deployment.artifact) return need_draft(deployment);
  return need_artifact(deployment, std::get<StoredArtifact>(*deployment.artifact));
}

Status RecordReader::need_artifact(const Deployment& deployment, const StoredArtifact& artifact) {
  const auto found = manifests_.find(artifact.digest);
  const std::string name = name_of(RecordKind::manifest, artifact.digest);
  if (found == manifests_.end()) {
    return Corruption{name,
                      fmt::format("it is missing: deployment {} needs it", deployment.id.value)};
  }
  Manifest& manifest = found->second;
  if (manifest.files != artifact.files || manifest.bytes != artifact.bytes) {
    return Corruption{
        name, fmt::format("deployment {} has other figures for its files", deployment.id.value)};
  }
  manifest.needed = true;
  return {};
}

Status RecordReader::need_draft(const Deployment& deployment) {
  const auto found = drafts_.find(deployment.id);
  if (found == drafts_.end()) {
    return Corruption{name_of(deployment.id), "it is missing"};
  }
  Draft& draft = found->second;
  draft.needed = true;
  PURSER_TRY(need_files(draft.files, name_of(deployment.id)));
  const DraftHead head{draft.files.empty() ? 0u : 1u, 0};
  for (const FileEntry& file : draft.files) {
    put_draft_file(changes_, deployment.id, head.revision, file);
  }
  const bool is_sealed = deployment.status != DeploymentStatus::building;
  if (!is_sealed || !draft.files.empty()) put_draft_head(changes_, deployment.id, head);
  return changes_.size() < kRowsOfOneWrite ? Status() : flush();
}

Status RecordReader::put_list(const Digest& file, const ChunkList& list) {
  put_chunk_list(changes_, file, list);
  const bool is_full = changes_.size() >= kRowsOfOneWrite || batch_bytes_ >= kBytesOfOneCommit;
  return is_full ? flush() : Status();
}

// Chunks before the rows that name them.
Status RecordReader::flush() {
  if (batch_) PURSER_TRY(batch_->commit());
  if (!changes_.empty()) PURSER_TRY(rows_.write(changes_));
  changes_.clear();
  batch_.reset();
  batch_bytes_ = 0;
  return {};
}

void RecordReader::count(CarryReport& report) const {
  report.with_artifacts = true;
  report.chunks = known_chunks_.size();
  report.files = files_.size();
  report.manifests = manifests_.size();
  report.bytes = bytes_;
  for (const auto& [id, draft] : drafts_) report.drafts += draft.files.empty() ? 0 : 1;
}

}  // namespace purser
