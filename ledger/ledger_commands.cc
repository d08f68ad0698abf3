// The commands of a Ledger: check the arguments, digest them, propose.
#include <fmt/format.h>

#include "answers.h"
#include "command_digest.h"
#include "deployment_rules.h"
#include "deployments.h"
#include "draft.h"
#include "impl.h"
#include "input_limits.h"
#include "pointer_rules.h"
#include "system.h"

namespace purser {
namespace {

// Answers with the deployment that the (first) event names, or with `id` where there is no event.
auto answer_with(DeploymentId id, bool dry_run) {
  return [id, dry_run](const View& view, const Outcome& outcome) {
    return answer_deployment(view, id, outcome, dry_run);
  };
}

auto answer_with(std::string_view owner, std::string_view channel, bool dry_run) {
  return [owner, channel, dry_run](const View& view, const Outcome& outcome) {
    return answer_pointer(view, owner, channel, outcome, dry_run);
  };
}

Status check_pointer(std::string_view owner, std::string_view channel) {
  PURSER_TRY(check_owner(owner));
  return check_channel(channel);
}

}  // namespace

Result<DeploymentAnswer> Ledger::create(std::string_view owner, const CreateOptions& options,
                                        const Context& context) {
  PURSER_TRY(check_owner(owner));
  PURSER_TRY(check_create(options));
  const Digest digest =
      command_digest("create", std::string(owner), options.source_ref, options.labels);
  return impl_->command<DeploymentAnswer>(
      context, digest,
      [&](const View& view) {
        return decide_create(view, owner, options, draw_uuid(impl_->options()));
      },
      [&](const View& view, const Outcome& outcome) {
        const auto& created = std::get<Created>(outcome.events.front().payload);
        return answer_deployment(view, created.id, outcome, context.dry_run);
      });
}

Result<DeploymentAnswer> Ledger::mark_ready_external(DeploymentId id, std::string_view location,
                                                     std::uint64_t bytes, const Context& context) {
  PURSER_TRY(check_location(location));
  const ExternalArtifact artifact{std::string(location), bytes};
  return impl_->command<DeploymentAnswer>(
      context, command_digest("ready_external", id, artifact.location, artifact.bytes),
      [&](const View& view) { return decide_ready_external(view, id, artifact); },
      answer_with(id, context.dry_run));
}

Result<DeploymentAnswer> Ledger::mark_failed(DeploymentId id, std::string_view code,
                                             std::string_view message, const Context& context) {
  PURSER_TRY(check_failure(code, message));
  const Failure failure{std::string(code), std::string(message)};
  return impl_->command<DeploymentAnswer>(
      context, command_digest("fail", id, failure.code, failure.message),
      [&](const View& view) { return decide_failed(view, id, failure); },
      answer_with(id, context.dry_run));
}

Result<DeploymentAnswer> Ledger::mark_bad(DeploymentId id, const Context& context) {
  return impl_->command<DeploymentAnswer>(
      context, command_digest("mark_bad", id),
      [&](const View& view) { return decide_mark_bad(view, id); },
      answer_with(id, context.dry_run));
}

Result<DeploymentAnswer> Ledger::unmark_bad(DeploymentId id, const Context& context) {
  return impl_->command<DeploymentAnswer>(
      context, command_digest("unmark_bad", id),
      [&](const View& view) { return decide_unmark_bad(view, id); },
      answer_with(id, context.dry_run));
}

Result<DeploymentAnswer> Ledger::delete_artifact(DeploymentId id,
                                                 const DeleteArtifactOptions& options,
                                                 const Context& context) {
  return impl_->command<DeploymentAnswer>(
      context, command_digest("delete_artifact", id, options.keep),
      [&](const View& view) { return decide_delete_artifact(view, id, options.keep); },
      answer_with(id, context.dry_run));
}

Result<ExpireReport> Ledger::expire(Timestamp older_than, const Context& context) {
  std::vector<DeploymentId> stuck;
  {
    PURSER_ASSIGN(const Moment moment, impl_->now());
    PURSER_ASSIGN(const std::vector<DeploymentId> drafts, all_drafts(moment.view().rows));
    for (DeploymentId id : drafts) {
      PURSER_ASSIGN(const auto deployment, find_deployment(moment.view(), id));
      const bool building = deployment && deployment->status == DeploymentStatus::building;
      if (building && deployment->created_at < older_than) stuck.push_back(id);
    }
  }
  const std::string message = fmt::format("still building at {}", to_rfc3339(older_than));
  ExpireReport report;
  for (DeploymentId id : stuck) {
    Context one = context;
    if (one.request_id) *one.request_id += fmt::format("/{}", id.value);
    const Result<DeploymentAnswer> failed = mark_failed(id, "interrupted", message, one);
    if (failed) {
      report.failed.push_back(id);
    } else if (!failed.error().is<NotBuilding>()) {  // it was finished in between
      return failed.error();
    }
  }
  return report;
}

Result<PointerAnswer> Ledger::promote(std::string_view owner, DeploymentId id,
                                      const PromoteOptions& options, const Context& context) {
  PURSER_TRY(check_pointer(owner, options.channel));
  return impl_->command<PointerAnswer>(
      context,
      command_digest("promote", std::string(owner), id, options.channel, options.expect,
                     options.not_older, options.allow_bad),
      [&](const View& view) { return decide_promote(view, owner, id, options); },
      answer_with(owner, options.channel, context.dry_run));
}

Result<PointerAnswer> Ledger::rollback(std::string_view owner, const RollbackOptions& options,
                                       const Context& context) {
  PURSER_TRY(check_pointer(owner, options.channel));
  if (options.steps < 1) return InvalidArgument{"steps", "must be at least 1"};
  return impl_->command<PointerAnswer>(
      context,
      command_digest("rollback", std::string(owner), options.channel, options.steps, options.expect,
                     options.mark_bad),
      [&](const View& view) { return decide_rollback(view, owner, options); },
      answer_with(owner, options.channel, context.dry_run));
}

Result<PointerAnswer> Ledger::rollback_to(std::string_view owner, DeploymentId id,
                                          const RollbackToOptions& options,
                                          const Context& context) {
  PURSER_TRY(check_pointer(owner, options.channel));
  return impl_->command<PointerAnswer>(
      context,
      command_digest("rollback_to", std::string(owner), id, options.channel, options.expect,
                     options.allow_bad, options.mark_bad),
      [&](const View& view) { return decide_rollback_to(view, owner, id, options); },
      answer_with(owner, options.channel, context.dry_run));
}

Result<PointerAnswer> Ledger::clear(std::string_view owner, const ClearOptions& options,
                                    const Context& context) {
  PURSER_TRY(check_pointer(owner, options.channel));
  return impl_->command<PointerAnswer>(
      context, command_digest("clear", std::string(owner), options.channel, options.expect),
      [&](const View& view) { return decide_clear(view, owner, options); },
      answer_with(owner, options.channel, context.dry_run));
}

}  // namespace purser
