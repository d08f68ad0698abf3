// The commands of a Ledger: each becomes a value and then a step of a proposal.
#include <fmt/format.h>

#include <utility>

#include "deployments.h"
#include "draft.h"
#include "impl.h"
#include "input_limits.h"
#include "steps.h"

namespace purser {
namespace {

// A command that finishes later, with all that its step refers to.
class SubmittedCommand final : public Submission {
 public:
  SubmittedCommand(Command command, Context context, Ledger::Completion done)
      : command_(std::move(command)), context_(std::move(context)), done_(std::move(done)) {}

  Status prepare(const Ledger::Impl& ledger) {
    PURSER_ASSIGN(step_,
                  make_step(ledger, command_, context_.dry_run, context_.request_id, answer_));
    proposal = {context_.actor, context_.reason, context_.dry_run, {&step_, 1}};
    return {};
  }
  void finish() override {
    if (result) {
      done_(*std::move(answer_));
    } else {
      done_(std::move(result).error());
    }
  }

 private:
  const Command command_;
  const Context context_;
  const Ledger::Completion done_;
  std::optional<Answer> answer_;
  Step step_;
};

std::vector<std::optional<std::string>> request_ids(const Context& context, std::size_t count) {
  std::vector<std::optional<std::string>> ids(count);
  if (!context.request_id) return ids;
  for (std::size_t i = 0; i < count; ++i) ids[i] = fmt::format("{}/{}", *context.request_id, i + 1);
  return ids;
}

}  // namespace

Result<DeploymentAnswer> Ledger::create(std::string_view owner, const CreateOptions& options,
                                        const Context& context) {
  return impl_->run<DeploymentAnswer>(Create{std::string(owner), options}, context);
}

Result<DeploymentAnswer> Ledger::mark_ready(DeploymentId id, const ReadyOptions& options,
                                            const Context& context) {
  return impl_->run<DeploymentAnswer>(MarkReady{id, options}, context);
}

Result<DeploymentAnswer> Ledger::mark_ready_external(DeploymentId id, std::string_view location,
                                                     std::uint64_t bytes, const Context& context) {
  return impl_->run<DeploymentAnswer>(MarkReadyExternal{id, std::string(location), bytes}, context);
}

Result<DeploymentAnswer> Ledger::mark_failed(DeploymentId id, std::string_view code,
                                             std::string_view message, const Context& context) {
  return impl_->run<DeploymentAnswer>(MarkFailed{id, std::string(code), std::string(message)},
                                      context);
}

Result<DeploymentAnswer> Ledger::mark_bad(DeploymentId id, const Context& context) {
  return impl_->run<DeploymentAnswer>(MarkBad{id}, context);
}

Result<DeploymentAnswer> Ledger::unmark_bad(DeploymentId id, const Context& context) {
  return impl_->run<DeploymentAnswer>(UnmarkBad{id}, context);
}

Result<DeploymentAnswer> Ledger::pin(DeploymentId id, const Context& context) {
  return impl_->run<DeploymentAnswer>(Pin{id}, context);
}

Result<DeploymentAnswer> Ledger::unpin(DeploymentId id, const Context& context) {
  return impl_->run<DeploymentAnswer>(Unpin{id}, context);
}

Result<DeploymentAnswer> Ledger::delete_artifact(DeploymentId id,
                                                 const DeleteArtifactOptions& options,
                                                 const Context& context) {
  return impl_->run<DeploymentAnswer>(DeleteArtifact{id, options}, context);
}

Result<PointerAnswer> Ledger::promote(std::string_view owner, DeploymentId id,
                                      const PromoteOptions& options, const Context& context) {
  return impl_->run<PointerAnswer>(Promote{std::string(owner), id, options}, context);
}

Result<PointerAnswer> Ledger::rollback(std::string_view owner, const RollbackOptions& options,
                                       const Context& context) {
  return impl_->run<PointerAnswer>(Rollback{std::string(owner), options}, context);
}

Result<PointerAnswer> Ledger::rollback_to(std::string_view owner, DeploymentId id,
                                          const RollbackToOptions& options,
                                          const Context& context) {
  return impl_->run<PointerAnswer>(RollbackTo{std::string(owner), id, options}, context);
}

Result<PointerAnswer> Ledger::clear(std::string_view owner, const ClearOptions& options,
                                    const Context& context) {
  return impl_->run<PointerAnswer>(Clear{std::string(owner), options}, context);
}

Result<FreezeAnswer> Ledger::freeze(std::string_view owner, const FreezeOptions& options,
                                    const Context& context) {
  return impl_->run<FreezeAnswer>(Freeze{std::string(owner), options}, context);
}

Result<FreezeAnswer> Ledger::unfreeze(std::string_view owner, const UnfreezeOptions& options,
                                      const Context& context) {
  return impl_->run<FreezeAnswer>(Unfreeze{std::string(owner), options}, context);
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

Result<std::vector<Answer>> Ledger::apply(const std::vector<Command>& commands,
                                          const Context& given) {
  if (commands.empty()) return InvalidArgument{"commands", "must hold at least one command"};
  if (commands.size() > kApplyCommandsMax) {
    return LimitExceeded{"commands", kApplyCommandsMax, commands.size()};
  }
  PURSER_ASSIGN(const Context context, impl_->complete(given));
  auto ids = request_ids(context, commands.size());
  PURSER_TRY(check_context({context.actor, context.reason, ids.back(), false}));
  std::vector<std::optional<Answer>> answers(commands.size());
  std::vector<Step> steps;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto step = make_step(*impl_, commands[i], context.dry_run, std::move(ids[i]), answers[i]);
    if (!step) return std::move(step).error().of_command(i + 1);
    steps.push_back(*std::move(step));
  }
  PURSER_TRY(impl_->commit({context.actor, context.reason, context.dry_run, steps, true}));
  std::vector<Answer> made;
  for (std::optional<Answer>& answer : answers) made.push_back(*std::move(answer));
  return made;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is kept, and called if it cannot be
void Ledger::submit(Command command, const Context& context, Completion done) {
  Result<Context> complete = impl_->complete(context);
  if (!complete) return done(std::move(complete).error());
  auto submitted =
      std::make_unique<SubmittedCommand>(std::move(command), *std::move(complete), done);
  Status accepted = submitted->prepare(*impl_);
  std::unique_ptr<Submission> submission = std::move(submitted);
  if (accepted) accepted = impl_->submit(submission);
  if (!accepted) done(std::move(accepted).error());
}

std::future<Result<Answer>> Ledger::submit(Command command, const Context& context) {
  auto promise = std::make_shared<std::promise<Result<Answer>>>();
  std::future<Result<Answer>> future = promise->get_future();
  submit(std::move(command), context,
         [promise](Result<Answer> answer) { promise->set_value(std::move(answer)); });
  return future;
}

}  // namespace purser
