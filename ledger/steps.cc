#include "steps.h"

#include <utility>

#include "answers.h"
#include "command_digest.h"
#include "deployment_rules.h"
#include "files.h"
#include "input_limits.h"
#include "pointer_rules.h"
#include "system.h"

namespace purser {
namespace {

// One overload per command. What a closure captures by reference outlives the step.
class StepMaker {
 public:
  StepMaker(const Ledger::Impl& ledger, bool dry_run, std::optional<std::string> request_id,
            std::optional<Answer>& answer)
      : ledger_(ledger), dry_run_(dry_run), answer_(answer) {
    step_.request_id = std::move(request_id);
  }

  Result<Step> operator()(const Create& c) {
    PURSER_TRY(check_owner(c.owner));
    PURSER_TRY(check_create(c.options.source_ref, c.options.labels));
    digest("create", c.owner, c.options.source_ref, c.options.labels);
    step_.decide = [&c, &ledger = ledger_](const View& view) {
      return decide_create(view, c.owner, c.options, draw_uuid(ledger.options()));
    };
    return with_deployment(std::nullopt);
  }

  Result<Step> operator()(const MarkReady& c) {
    digest("ready", c.id, c.options.allow_empty);
    PURSER_ASSIGN(auto staged, ledger_.stage_manifest(c.id, dry_run_));
    step_.decide = [&c, &ledger = ledger_, dry_run = dry_run_,
                    staged = std::move(staged)](const View& view) mutable {
      return decide_sealed(view, ledger.chunks(), ledger.notes(), c, staged, dry_run);
    };
    return with_deployment(c.id);
  }

  Result<Step> operator()(const MarkReadyExternal& c) {
    PURSER_TRY(check_location(c.location));
    digest("ready_external", c.id, c.location, c.bytes);
    step_.decide = [&c](const View& view) {
      return decide_ready_external(view, c.id, ExternalArtifact{c.location, c.bytes});
    };
    return with_deployment(c.id);
  }

  Result<Step> operator()(const MarkFailed& c) {
    PURSER_TRY(check_failure(c.code, c.message));
    digest("fail", c.id, c.code, c.message);
    step_.decide = [&c](const View& view) {
      return decide_failed(view, c.id, Failure{c.code, c.message});
    };
    return with_deployment(c.id);
  }

  Result<Step> operator()(const MarkBad& c) {
    digest("mark_bad", c.id);
    step_.decide = [&c](const View& view) { return decide_mark_bad(view, c.id); };
    return with_deployment(c.id);
  }

  Result<Step> operator()(const UnmarkBad& c) {
    digest("unmark_bad", c.id);
    step_.decide = [&c](const View& view) { return decide_unmark_bad(view, c.id); };
    return with_deployment(c.id);
  }

  Result<Step> operator()(const Pin& c) {
    digest("pin", c.id);
    step_.decide = [&c](const View& view) { return decide_pin(view, c.id); };
    return with_deployment(c.id);
  }

  Result<Step> operator()(const Unpin& c) {
    digest("unpin", c.id);
    step_.decide = [&c](const View& view) { return decide_unpin(view, c.id); };
    return with_deployment(c.id);
  }

  Result<Step> operator()(const DeleteArtifact& c) {
    digest("delete_artifact", c.id, c.options.keep);
    step_.decide = [&c](const View& view) {
      return decide_delete_artifact(view, c.id, c.options.keep);
    };
    return with_deployment(c.id);
  }

  Result<Step> operator()(const Promote& c) {
    PURSER_TRY(check_pointer(c.owner, c.options.channel));
    digest("promote", c.owner, c.id, c.options.channel, c.options.expect, c.options.not_older,
           c.options.allow_bad);
    step_.decide = [&c](const View& view) {
      return decide_promote(view, c.owner, c.id, c.options);
    };
    return with_pointer(c.owner, c.options.channel);
  }

  Result<Step> operator()(const Rollback& c) {
    PURSER_TRY(check_pointer(c.owner, c.options.channel));
    if (c.options.steps < 1) return InvalidArgument{"steps", "must be at least 1"};
    digest("rollback", c.owner, c.options.channel, c.options.steps, c.options.expect,
           c.options.mark_bad);
    step_.decide = [&c](const View& view) { return decide_rollback(view, c.owner, c.options); };
    return with_pointer(c.owner, c.options.channel);
  }

  Result<Step> operator()(const RollbackTo& c) {
    PURSER_TRY(check_pointer(c.owner, c.options.channel));
    digest("rollback_to", c.owner, c.id, c.options.channel, c.options.expect, c.options.allow_bad,
           c.options.mark_bad);
    step_.decide = [&c](const View& view) {
      return decide_rollback_to(view, c.owner, c.id, c.options);
    };
    return with_pointer(c.owner, c.options.channel);
  }

  Result<Step> operator()(const Clear& c) {
    PURSER_TRY(check_pointer(c.owner, c.options.channel));
    digest("clear", c.owner, c.options.channel, c.options.expect);
    step_.decide = [&c](const View& view) { return decide_clear(view, c.owner, c.options); };
    return with_pointer(c.owner, c.options.channel);
  }

  Result<Step> operator()(const Freeze& c) {
    PURSER_TRY(check_scope(c.owner, c.options.channel));
    digest("freeze", c.owner, c.options.channel, c.options.rollback_too);
    step_.decide = [&c](const View&) { return decide_freeze(c.owner, c.options); };
    return with_freeze(c.owner, c.options.channel);
  }

  Result<Step> operator()(const Unfreeze& c) {
    PURSER_TRY(check_scope(c.owner, c.options.channel));
    digest("unfreeze", c.owner, c.options.channel);
    step_.decide = [&c](const View& view) { return decide_unfreeze(view, c.owner, c.options); };
    return with_freeze(c.owner, c.options.channel);
  }

 private:
  template <class... Arguments>
  void digest(const Arguments&... verb_and_arguments) {
    if (step_.request_id) step_.digest = command_digest(verb_and_arguments...);
  }

  // Answers with the deployment `id`; nothing: with the one that the event created.
  Step with_deployment(std::optional<DeploymentId> id) {
    step_.answer = [id, dry_run = dry_run_, &answer = answer_](const View& view,
                                                               const Outcome& outcome) -> Status {
      const DeploymentId named = id ? *id : std::get<Created>(outcome.events.front().payload).id;
      PURSER_ASSIGN(DeploymentAnswer made, answer_deployment(view, named, outcome, dry_run));
      answer = std::move(made);
      return {};
    };
    return std::move(step_);
  }

  Step with_pointer(const std::string& owner, const std::string& channel) {
    step_.answer = [&owner, &channel, dry_run = dry_run_, &answer = answer_](
                       const View& view, const Outcome& outcome) -> Status {
      PURSER_ASSIGN(PointerAnswer made, answer_pointer(view, owner, channel, outcome, dry_run));
      answer = std::move(made);
      return {};
    };
    return std::move(step_);
  }

  Step with_freeze(const std::string& owner, const std::optional<std::string>& channel) {
    step_.answer = [&owner, &channel, dry_run = dry_run_, &answer = answer_](
                       const View& view, const Outcome& outcome) -> Status {
      PURSER_ASSIGN(FreezeAnswer made, answer_freeze(view, owner, channel, outcome, dry_run));
      answer = std::move(made);
      return {};
    };
    return std::move(step_);
  }

  const Ledger::Impl& ledger_;
  const bool dry_run_;
  std::optional<Answer>& answer_;
  Step step_;
};

}  // namespace

Result<Step> make_step(const Ledger::Impl& ledger, const Command& command, bool dry_run,
                       std::optional<std::string> request_id, std::optional<Answer>& answer) {
  return std::visit(StepMaker(ledger, dry_run, std::move(request_id), answer), command);
}

}  // namespace purser
