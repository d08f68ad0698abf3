// The files of a deployment that is not sealed: rows of their own, neither events nor derived.
//
// Each edit makes a new revision and only adds rows, so a reader that knows a revision sees one
// state of the draft whatever happens meanwhile. The rows of a sealed draft go at a later open,
// when nobody can still be reading them. Free functions over one RowReader; the edits go into the
// WriteSet of a commit. Keys are in docs/storage-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "purser/artifact.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

struct DraftHead {
  std::uint64_t revision = 0;
  std::uint64_t floor = 0;  ///< rows up to this revision have been removed
};

/// The latest head; nothing where there is no draft (any more).
Result<std::optional<DraftHead>> draft_head(const RowReader& rows, DeploymentId id);

/// All files as of `head`, sorted by path.
Result<std::vector<FileEntry>> draft_files(const RowReader& rows, DeploymentId id, DraftHead head);

Result<bool> draft_is_empty(const RowReader& rows, DeploymentId id, DraftHead head);

/// One file as of `head`.
Result<std::optional<FileEntry>> draft_file(const RowReader& rows, DeploymentId id, DraftHead head,
                                            std::string_view path);

/// AlreadyExists if `path` cannot stand beside what is stored: a file where it needs a directory,
/// or files below it.
Status check_draft_clash(const RowReader& rows, DeploymentId id, DraftHead head,
                         std::string_view path);

void put_draft_head(WriteSet& changes, DeploymentId id, DraftHead head);
void put_draft_file(WriteSet& changes, DeploymentId id, std::uint64_t revision,
                    const FileEntry& file);
/// Marks `path` as removed from `revision` on.
void put_draft_removal(WriteSet& changes, DeploymentId id, std::uint64_t revision,
                       std::string_view path);

/// Erases a draft at the revision it began with: to a reader it is the same as none.
void erase_untouched_draft(WriteSet& changes, DeploymentId id);

/// Every deployment that has a draft, ascending.
Result<std::vector<DeploymentId>> all_drafts(const RowReader& rows);

/// Erases every row of these drafts, in writes of bounded size.
Status erase_drafts(Store& store, const std::vector<DeploymentId>& ids);

}  // namespace purser
