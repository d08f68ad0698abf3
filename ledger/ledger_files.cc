// The calls of a Ledger that move bytes: chunks first, then the commit that names them.
#include "answers.h"
#include "command_digest.h"
#include "deployment_rules.h"
#include "deployments.h"
#include "files.h"
#include "impl.h"

namespace purser {
namespace {

// Spares the work of staging for a command that is refused as things stand. The commit looks again.
template <class Impl>
Status check_before_staging(const Impl& impl, DeploymentId id) {
  PURSER_TRY(impl.check_writable());
  PURSER_ASSIGN(const Moment moment, impl.now());
  PURSER_ASSIGN(const Deployment deployment, get_unsealed(moment.view(), id));
  return {};
}

// Whether the draft of `id` is still the one that `staged` was made from.
Result<bool> is_current(const View& view, DeploymentId id,
                        const std::optional<StagedManifest>& staged) {
  PURSER_ASSIGN(const auto deployment, find_deployment(view, id));
  if (!deployment || deployment->status != DeploymentStatus::building) return true;
  PURSER_ASSIGN(const auto head, draft_head(view.rows, id));
  return staged && head && head->revision == staged->draft_revision;
}

}  // namespace

Result<StoreReport> Ledger::store(DeploymentId id, std::string_view path, std::string_view bytes,
                                  const StoreOptions& options) {
  PURSER_TRY(check_before_staging(*impl_, id));
  PURSER_ASSIGN(const StagedFiles staged,
                stage_bytes(impl_->chunks(), path, bytes, options.executable));
  PURSER_TRY(impl_->edit([&](const View& view) { return decide_store(view, id, staged); }));
  return staged.report;
}

Result<StoreReport> Ledger::store_tree(DeploymentId id, const std::string& directory,
                                       const ProgressCallback& progress) {
  PURSER_TRY(check_before_staging(*impl_, id));
  PURSER_ASSIGN(const StagedFiles staged, stage_tree(impl_->chunks(), directory, progress));
  PURSER_TRY(impl_->edit([&](const View& view) { return decide_store(view, id, staged); }));
  return staged.report;
}

Status Ledger::remove(DeploymentId id, std::string_view path) {
  return impl_->edit([&](const View& view) { return decide_remove(view, id, path); });
}

Status Ledger::remove_all(DeploymentId id) {
  return impl_->edit([&](const View& view) { return decide_remove_all(view, id); });
}

Result<DeploymentAnswer> Ledger::mark_ready(DeploymentId id, const ReadyOptions& options,
                                            const Context& context) {
  const Digest digest = command_digest("ready", id, options.allow_empty);
  while (true) {
    PURSER_TRY(impl_->check_writable());
    std::optional<StagedManifest> staged;
    {
      PURSER_ASSIGN(const Moment moment, impl_->now());
      PURSER_ASSIGN(staged, stage_manifest(moment.view(), impl_->chunks(), id, context.dry_run));
    }
    bool moved = false;
    Result<DeploymentAnswer> answer = impl_->command<DeploymentAnswer>(
        context, digest,
        [&](const View& view) -> Result<Decision> {
          PURSER_ASSIGN(const bool current, is_current(view, id, staged));
          moved = !current;
          if (moved) return Cancelled{};  // never seen by the caller
          return decide_sealed(view, id, staged, options.allow_empty);
        },
        [&](const View& view, const Outcome& outcome) {
          return answer_deployment(view, id, outcome, context.dry_run);
        });
    if (!moved) return answer;
  }
}

Result<std::string> Ledger::retrieve(DeploymentId id, std::string_view path) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  PURSER_ASSIGN(const FileEntry file, file_of(moment.view(), impl_->chunks(), id, path));
  std::string bytes;
  const ByteSink append = [&](std::string_view part) -> Status {
    bytes.append(part);
    return {};
  };
  PURSER_TRY(read_file(moment.view(), impl_->chunks(), file, append));
  return bytes;
}

Result<std::vector<FileEntry>> Ledger::list_files(DeploymentId id) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return files_of(moment.view(), impl_->chunks(), id);
}

Result<MaterializeReport> Ledger::materialize(DeploymentId id, const std::string& directory,
                                              const ProgressCallback& progress) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return materialize_files(moment.view(), impl_->chunks(), id, directory, progress);
}

}  // namespace purser
