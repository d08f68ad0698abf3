#include "files.h"

#include <algorithm>

#include "artifact_path.h"
#include "chunk_lists.h"
#include "deployment_rules.h"
#include "deployments.h"
#include "hash.h"
#include "manifest.h"
#include "try.h"

namespace purser {
namespace {

template <class Files, class SizeOf>
std::uint64_t total_bytes(const Files& files, SizeOf size_of) {
  std::uint64_t total = 0;
  for (const auto& file : files) total += size_of(file);
  return total;
}

Result<DraftHead> head_of_unsealed(const View& view, DeploymentId id) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_unsealed(view, id));
  PURSER_ASSIGN(const auto head, draft_head(view.rows, id));
  return head.value_or(DraftHead{});
}

// The artifact or draft behind `id`: exactly one of the two is looked at.
struct Source {
  std::optional<Artifact> artifact;
  DraftHead draft;
};
Result<Source> source_of(const View& view, DeploymentId id) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, id));
  if (deployment->artifact_deleted_at) return ArtifactDeleted{id, *deployment->artifact_deleted_at};
  Source source{deployment->artifact, {}};
  if (!source.artifact) {
    PURSER_ASSIGN(const auto head, draft_head(view.rows, id));
    source.draft = head.value_or(DraftHead{});
  }
  return source;
}

Result<std::vector<FileEntry>> read_manifest(const View& view, const ChunkStore& chunks,
                                             const Digest& digest) {
  const std::string where = "manifest " + to_hex(digest);
  PURSER_ASSIGN(const ChunkList list, read_chunk_list(view.rows, digest));
  PURSER_ASSIGN(const std::string text, read_content(chunks, list));
  if (sha256(text) != digest) return Corruption{where, "its SHA-256 differs"};
  return decode_manifest(text, where);
}

}  // namespace

namespace {

// What was known may have been collected since it was looked for.
Result<bool> needs_list(const View& view, const StagedFile& file, bool erased) {
  if (!file.known || !erased) return !file.known;
  PURSER_ASSIGN(const auto list, find_chunk_list(view.rows, file.entry.digest));
  return !list.has_value();
}

}  // namespace

Result<Decision> decide_store(const View& view, DeploymentId id, const StagedFiles& staged,
                              FileNotes& notes) {
  PURSER_ASSIGN(DraftHead head, head_of_unsealed(view, id));
  PURSER_ASSIGN(const bool empty, draft_is_empty(view.rows, id, head));
  Decision decision;
  decision.rows.append(WriteSet(staged.seen));
  const std::uint64_t revision = head.revision + 1;
  const bool erased = staged.erasures != notes.erasures();
  for (const StagedFile& file : staged.files) {
    if (!empty) PURSER_TRY(check_draft_clash(view.rows, id, head, file.entry.path));
    notes.note(file.entry.digest);
    PURSER_ASSIGN(const bool needed, needs_list(view, file, erased));
    if (needed) put_chunk_list(decision.rows, file.entry.digest, file.chunks);
    put_draft_file(decision.rows, id, revision, file.entry);
  }
  head.revision = revision;
  put_draft_head(decision.rows, id, head);
  return decision;
}

Result<Decision> decide_remove(const View& view, DeploymentId id, std::string_view path) {
  PURSER_TRY(check_artifact_path(path));
  PURSER_ASSIGN(DraftHead head, head_of_unsealed(view, id));
  PURSER_ASSIGN(const auto file, draft_file(view.rows, id, head, path));
  if (!file) return PathNotFound{id, std::string(path)};
  Decision decision;
  head.revision += 1;
  put_draft_removal(decision.rows, id, head.revision, path);
  put_draft_head(decision.rows, id, head);
  return decision;
}

Result<Decision> decide_remove_all(const View& view, DeploymentId id) {
  PURSER_ASSIGN(DraftHead head, head_of_unsealed(view, id));
  Decision decision;
  head.revision += 1;
  head.floor = head.revision;
  put_draft_head(decision.rows, id, head);
  return decision;
}

Result<std::optional<StagedManifest>> stage_manifest(const View& view, ChunkStore& chunks,
                                                     DeploymentId id, bool dry_run) {
  PURSER_ASSIGN(const auto deployment, find_deployment(view, id));
  if (!deployment || deployment->status != DeploymentStatus::building) {
    return std::optional<StagedManifest>();
  }
  PURSER_ASSIGN(const DraftHead head, head_of_unsealed(view, id));
  PURSER_ASSIGN(const std::vector<FileEntry> files, draft_files(view.rows, id, head));
  if (files.size() > kArtifactFilesMax) {
    return LimitExceeded{"files of an artifact", kArtifactFilesMax, files.size()};
  }
  const std::string text = encode_manifest(files);
  StagedManifest staged;
  staged.artifact.digest = sha256(text);
  staged.artifact.files = files.size();
  staged.artifact.bytes = total_bytes(files, [](const FileEntry& file) { return file.size; });
  staged.draft_revision = head.revision;
  if (!dry_run) {
    PURSER_ASSIGN(staged.batch, chunks.begin());
    PURSER_ASSIGN(StoredContent content, put_content(*staged.batch, staged.artifact.digest, text));
    PURSER_TRY(staged.batch->commit());
    staged.chunks = std::move(content.list);
  }
  return std::optional<StagedManifest>(std::move(staged));
}

namespace {

// Whether the draft of `id` is still the one that `staged` was made from.
Result<bool> is_current(const View& view, DeploymentId id,
                        const std::optional<StagedManifest>& staged) {
  PURSER_ASSIGN(const auto deployment, find_deployment(view, id));
  if (!deployment || deployment->status != DeploymentStatus::building) return true;
  PURSER_ASSIGN(const auto head, draft_head(view.rows, id));
  return staged && head && head->revision == staged->draft_revision;
}

Result<Decision> seal(const View& view, const MarkReady& command, const StagedManifest& manifest) {
  PURSER_ASSIGN(Decision decision,
                decide_ready(view, command.id, manifest.artifact, command.options.allow_empty));
  put_chunk_list(decision.rows, manifest.artifact.digest, manifest.chunks);
  return decision;
}

}  // namespace

Result<Decision> decide_sealed(const View& view, ChunkStore& chunks, FileNotes& notes,
                               const MarkReady& command, std::optional<StagedManifest>& staged,
                               bool dry_run) {
  PURSER_ASSIGN(const bool current, is_current(view, command.id, staged));
  if (!current) {
    PURSER_ASSIGN(staged, stage_manifest(view, chunks, command.id, dry_run));
  }
  if (staged) notes.note(staged->artifact.digest);
  return seal(view, command, staged.value_or(StagedManifest{}));
}

bool has_files_here(const Deployment& deployment) {
  if (deployment.artifact_deleted_at) return false;
  return !deployment.artifact || std::holds_alternative<StoredArtifact>(*deployment.artifact);
}

Result<std::vector<FileEntry>> files_of(const View& view, const ChunkStore& chunks,
                                        DeploymentId id) {
  PURSER_ASSIGN(const Source source, source_of(view, id));
  if (!source.artifact) return draft_files(view.rows, id, source.draft);
  const auto* stored = std::get_if<StoredArtifact>(&*source.artifact);
  if (stored == nullptr) return std::vector<FileEntry>();
  return read_manifest(view, chunks, stored->digest);
}

Result<FileEntry> file_of(const View& view, const ChunkStore& chunks, DeploymentId id,
                          std::string_view path) {
  PURSER_TRY(check_artifact_path(path));
  PURSER_ASSIGN(const Source source, source_of(view, id));
  if (!source.artifact) {
    PURSER_ASSIGN(auto file, draft_file(view.rows, id, source.draft, path));
    if (!file) return PathNotFound{id, std::string(path)};
    return *std::move(file);
  }
  PURSER_ASSIGN(const std::vector<FileEntry> files, files_of(view, chunks, id));
  const auto found = std::lower_bound(
      files.begin(), files.end(), path,
      [](const FileEntry& file, std::string_view wanted) { return file.path < wanted; });
  if (found == files.end() || found->path != path) return PathNotFound{id, std::string(path)};
  return *found;
}

Status sweep_drafts(Store& store, const View& view) {
  PURSER_ASSIGN(const std::vector<DeploymentId> ids, all_drafts(view.rows));
  std::vector<DeploymentId> sealed;
  for (DeploymentId id : ids) {
    const auto deployment = find_deployment(view, id);
    // A draft is not derived: a row of its deployment that is lost or damaged is no reason to erase
    // it, nor to refuse the open that a rebuild needs.
    if (!deployment || !*deployment) continue;
    if ((*deployment)->artifact || (*deployment)->artifact_deleted_at) sealed.push_back(id);
  }
  return erase_drafts(store, sealed);
}

}  // namespace purser
