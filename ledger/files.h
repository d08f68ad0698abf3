// The files of deployments: proposing edits of a draft, sealing it, and finding files again
// whatever state the deployment is in. Their bytes: file_bytes.h.
//
// Chunks are durable before any row names them. Free functions, safe from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chunk_store.h"
#include "content.h"
#include "draft.h"
#include "file_notes.h"
#include "projection.h"
#include "proposal.h"
#include "purser/artifact.h"
#include "purser/commands.h"
#include "staging.h"

namespace purser {

Result<Decision> decide_store(const View& view, DeploymentId id, const StagedFiles& staged,
                              FileNotes& notes);
Result<Decision> decide_remove(const View& view, DeploymentId id, std::string_view path);
Result<Decision> decide_remove_all(const View& view, DeploymentId id);

/// A manifest made from one revision of a draft.
struct StagedManifest {
  StoredArtifact artifact;
  ChunkList chunks;
  std::uint64_t draft_revision = 0;
  std::shared_ptr<ChunkStore::Batch> batch;  ///< holds it until the commit
};
/// Makes the manifest's chunks durable unless `dry_run`. Nothing when `id` has no draft to seal.
Result<std::optional<StagedManifest>> stage_manifest(const View& view, ChunkStore& chunks,
                                                     DeploymentId id, bool dry_run);

/// Seals a draft with what `staged` holds. If the draft has changed since, the manifest is made
/// again inside the commit, where it cannot change, and put in its place. Errors: NotFound,
/// NotBuilding, EmptyArtifact, and those of stage_manifest.
Result<Decision> decide_sealed(const View& view, ChunkStore& chunks, FileNotes& notes,
                               const MarkReady& command, std::optional<StagedManifest>& staged,
                               bool dry_run);

/// Whether the bytes of its files should be in this ledger: a draft, or a stored artifact that was
/// not deleted.
[[nodiscard]] bool has_files_here(const Deployment& deployment);

/// Sorted by path; none of an artifact that lies elsewhere. Errors: NotFound, ArtifactDeleted,
/// Corruption, UnsupportedVersion, Io.
Result<std::vector<FileEntry>> files_of(const View& view, const ChunkStore& chunks,
                                        DeploymentId id);
/// Errors: also InvalidPath, PathNotFound.
Result<FileEntry> file_of(const View& view, const ChunkStore& chunks, DeploymentId id,
                          std::string_view path);
/// Erases the drafts of deployments that can no longer be read through one.
Status sweep_drafts(Store& store, const View& view);

}  // namespace purser
