// The calls of a Ledger that move bytes: chunks first, then the commit that names them.
#include <algorithm>
#include <string>

#include "deployment_rules.h"
#include "deployments.h"
#include "disk_usage.h"
#include "file_bytes.h"
#include "files.h"
#include "impl.h"
#include "materialize.h"
#include "tree_diff.h"

namespace purser {
namespace {

// Spares the work of staging for a command that is refused as things stand. The commit looks again.
template <class Impl>
Status check_before_staging(const Impl& impl, DeploymentId id) {
  PURSER_TRY(impl.check_writable());
  PURSER_ASSIGN(const Moment moment, impl.now());
  PURSER_ASSIGN(const SharedDeployment deployment, get_unsealed(moment.view(), id));
  return {};
}

}  // namespace

Result<StoreReport> Ledger::store(DeploymentId id, std::string_view path, std::string_view bytes,
                                  const StoreOptions& options) {
  PURSER_TRY(check_before_staging(*impl_, id));
  PURSER_ASSIGN(const StagedFiles staged,
                stage_bytes(impl_->chunks(), path, bytes, options.executable));
  PURSER_TRY(impl_->edit_files(id, staged));
  return staged.report;
}

Result<StoreReport> Ledger::store_stream(DeploymentId id, std::string_view path,
                                         const ByteSource& source, const StoreOptions& options) {
  PURSER_TRY(check_before_staging(*impl_, id));
  PURSER_ASSIGN(const StagedFiles staged,
                stage_stream(impl_->chunks(), path, source, options.executable));
  PURSER_TRY(impl_->edit_files(id, staged));
  return staged.report;
}

Result<StoreReport> Ledger::store_tree(DeploymentId id, const std::string& directory,
                                       const StoreTreeOptions& options,
                                       const ProgressCallback& progress) {
  PURSER_TRY(check_before_staging(*impl_, id));
  std::optional<SeenBefore> seen;
  if (options.trust_mtime) {
    const Timestamp begun = impl_->options().clock();
    PURSER_ASSIGN(const Moment moment, impl_->now());
    PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(moment.view(), id));
    seen = SeenBefore{deployment->owner_key, begun};
  }
  PURSER_ASSIGN(const StagedFiles staged, impl_->stage_tree(directory, seen, progress));
  PURSER_TRY(impl_->edit_files(id, staged));
  return staged.report;
}

Status Ledger::remove(DeploymentId id, std::string_view path) {
  return impl_->edit([&](const View& view) { return decide_remove(view, id, path); });
}

Status Ledger::remove_all(DeploymentId id) {
  return impl_->edit([&](const View& view) { return decide_remove_all(view, id); });
}

Result<std::string> Ledger::retrieve(DeploymentId id, std::string_view path,
                                     const RetrieveOptions& options) const {
  std::string bytes;
  const ByteSink append = [&](std::string_view part) -> Status {
    bytes.append(part);
    return {};
  };
  PURSER_TRY(retrieve_to(id, path, append, options));
  return bytes;
}

Result<std::uint64_t> Ledger::retrieve_to(DeploymentId id, std::string_view path,
                                          const ByteSink& sink,
                                          const RetrieveOptions& options) const {
  return impl_->reading(id, [&](const View& view) -> Result<std::uint64_t> {
    PURSER_ASSIGN(const FileEntry file, file_of(view, impl_->chunks(), id, path));
    if (options.offset > file.size) {
      return InvalidArgument{"offset", "the file ends at " + std::to_string(file.size)};
    }
    const std::uint64_t rest = file.size - options.offset;
    const ByteRange range{options.offset, std::min(rest, options.length.value_or(rest))};
    if (options.verify) {
      PURSER_TRY(read_file_verified(view, impl_->chunks(), file, range, sink));
    } else {
      PURSER_TRY(read_file(view, impl_->chunks(), file, range, sink));
    }
    return range.length;
  });
}

Result<std::vector<FileEntry>> Ledger::list_files(DeploymentId id) const {
  return impl_->reading(id, [&](const View& view) { return files_of(view, impl_->chunks(), id); });
}

Result<MaterializeReport> Ledger::materialize(DeploymentId id, const std::string& directory,
                                              const MaterializeOptions& options,
                                              const ProgressCallback& progress) const {
  return impl_->reading(id, [&](const View& view) {
    return materialize_files(view, impl_->chunks(), id, directory, options, progress);
  });
}

Result<RebuiltIndex> Ledger::rebuild_index() {
  PURSER_TRY(impl_->check_writable());
  return impl_->rebuild_index();
}

Result<VerifyReport> Ledger::verify(const VerifyOptions& options,
                                    const ProgressCallback& progress) const {
  if (options.repair) PURSER_TRY(impl_->check_writable());
  return impl_->verify(options, progress);
}

Result<CollectReport> Ledger::collect(const CollectOptions& options,
                                      const ProgressCallback& progress) {
  if (!(options.dead_share >= 0 && options.dead_share <= 1)) {
    return InvalidArgument{"dead_share", "must be from 0 to 1"};
  }
  return impl_->collect(options, progress);
}

Result<Usage> Ledger::usage(const ProgressCallback& progress) const {
  return impl_->reading_several(
      [&](const View& view) { return disk_usage(view, impl_->chunks(), progress); });
}

Status Ledger::diff(std::optional<DeploymentId> before, std::optional<DeploymentId> after,
                    const FileChangeSink& visit) const {
  PURSER_ASSIGN(const ComparedFiles files, impl_->reading_several([&](const View& view) {
    return files_to_compare(view, impl_->chunks(), before, after);
  }));
  diff_files(files.before, files.after, visit);  // who may read them now
  return {};
}

}  // namespace purser
