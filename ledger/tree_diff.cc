#include "tree_diff.h"

#include <fmt/format.h>

#include "deployments.h"
#include "files.h"
#include "try.h"

namespace purser {
namespace {

Result<std::vector<FileEntry>> files_here(const View& view, const ChunkStore& chunks,
                                          std::optional<DeploymentId> id) {
  if (!id) return std::vector<FileEntry>();
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, *id));
  if (deployment->artifact && std::holds_alternative<ExternalArtifact>(*deployment->artifact)) {
    return InvalidArgument{fmt::format("deployment {}", id->value),
                           "its artifact lies elsewhere, and its files are not known here"};
  }
  return files_of(view, chunks, *id);
}

}  // namespace

void diff_files(const std::vector<FileEntry>& before, const std::vector<FileEntry>& after,
                const FileChangeSink& visit) {
  auto one = before.begin();
  auto other = after.begin();
  bool more = true;
  while (more && (one != before.end() || other != after.end())) {
    if (other == after.end() || (one != before.end() && one->path < other->path)) {
      more = visit({*one++, std::nullopt});
    } else if (one == before.end() || other->path < one->path) {
      more = visit({std::nullopt, *other++});
    } else {
      if (*one != *other) more = visit({*one, *other});
      ++one;
      ++other;
    }
  }
}

Result<ComparedFiles> files_to_compare(const View& view, const ChunkStore& chunks,
                                       std::optional<DeploymentId> before,
                                       std::optional<DeploymentId> after) {
  ComparedFiles files;
  PURSER_ASSIGN(files.before, files_here(view, chunks, before));
  PURSER_ASSIGN(files.after, files_here(view, chunks, after));
  return files;
}

}  // namespace purser
