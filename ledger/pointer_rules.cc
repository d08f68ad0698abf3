#include "pointer_rules.h"

#include <utility>

#include "activations.h"
#include "deployments.h"
#include "freezes.h"
#include "pointers.h"
#include "rollback_path.h"
#include "try.h"

namespace purser {
namespace {

// The pointer as a command finds it; a pointer that never moved is at generation 0 with no parent.
Result<PointerRow> current_pointer(const View& view, std::string_view owner,
                                   std::string_view channel, std::optional<Generation> expect) {
  PURSER_ASSIGN(const PointerRow current, latest_pointer(view, owner, channel));
  if (expect && *expect != current.generation) return Conflict{*expect, current.generation};
  return current;
}

// Whether a frozen channel lets the movement pass.
Status check_not_frozen(const View& view, std::string_view owner, std::string_view channel,
                        Cause cause) {
  PURSER_ASSIGN(const SharedFreeze freeze, freeze_in_force(view, owner, channel));
  if (!freeze || (cause == Cause::rollback && !freeze->rollback_too)) return {};
  return Frozen{std::string(owner), std::string(channel), freeze->actor, freeze->reason};
}

// The deployment, if it may become active for `owner`.
Result<SharedDeployment> get_activatable(const View& view, std::string_view owner, DeploymentId id,
                                         bool allow_bad) {
  PURSER_ASSIGN(SharedDeployment found, get_deployment(view, id));
  const Deployment& deployment = *found;
  if (deployment.owner_key != owner) {
    return WrongOwner{id, std::string(owner), deployment.owner_key};
  }
  if (deployment.status != DeploymentStatus::ready) return NotReady{id, deployment.status};
  if (deployment.artifact_deleted_at) return ArtifactDeleted{id, *deployment.artifact_deleted_at};
  if (deployment.bad && !allow_bad) return MarkedBad{id, deployment.bad->reason};
  return found;
}

Activated movement(std::string_view owner, std::string_view channel, const PointerRow& current,
                   Cause cause, std::optional<DeploymentId> to, Generation parent) {
  Activated moved;
  moved.owner_key = owner;
  moved.channel = channel;
  moved.cause = cause;
  moved.generation = Generation{current.generation.value + 1};
  moved.parent = parent;
  moved.deployment = to;
  moved.previous = current.deployment;
  return moved;
}

Decision moved_by(Activated moved) {
  Decision decision;
  decision.events.emplace_back(std::move(moved));
  return decision;
}

Decision nothing_to_move(std::string_view owner, std::string_view channel,
                         const PointerRow& current) {
  Noted noted;
  noted.owner_key = owner;
  noted.channel = channel;
  noted.generation = current.generation;
  noted.active = current.deployment;
  noted.previous = current.previous;
  Decision decision;
  decision.noted = std::move(noted);
  return decision;
}

// Marks what `decision` leaves as bad, in the same commit.
void mark_left_bad(Decision& decision, std::string_view owner, const PointerRow& current) {
  if (current.deployment) {
    decision.events.emplace_back(BadMarked{*current.deployment, std::string(owner)});
  }
}

}  // namespace

Result<Decision> decide_promote(const View& view, std::string_view owner, DeploymentId id,
                                const PromoteOptions& options) {
  PURSER_ASSIGN(const SharedDeployment deployment,
                get_activatable(view, owner, id, options.allow_bad));
  PURSER_ASSIGN(const PointerRow current,
                current_pointer(view, owner, options.channel, options.expect));
  PURSER_TRY(check_not_frozen(view, owner, options.channel, Cause::promote));
  if (current.deployment == id) return nothing_to_move(owner, options.channel, current);
  if (options.not_older && current.deployment && id < *current.deployment) {
    return NotOlder{id, *current.deployment};
  }
  return moved_by(
      movement(owner, options.channel, current, Cause::promote, id, current.generation));
}

Result<Decision> decide_rollback(const View& view, std::string_view owner,
                                 const RollbackOptions& options) {
  PURSER_ASSIGN(const PointerRow current,
                current_pointer(view, owner, options.channel, options.expect));
  PURSER_TRY(check_not_frozen(view, owner, options.channel, Cause::rollback));
  std::uint32_t left = options.steps;
  std::optional<PointerRow> target;
  PURSER_ASSIGN(std::vector<Skipped> skipped,
                walk_back(view, owner, options.channel, current, [&](const PointerRow& row) {
                  if (--left == 0) target = row;
                  return !target;
                }));
  if (!target) {
    return NoPreviousDeployment{std::string(owner), options.channel, std::move(skipped)};
  }
  Activated moved = movement(owner, options.channel, current, Cause::rollback, target->deployment,
                             target->parent);
  moved.skipped = std::move(skipped);
  Decision decision = moved_by(std::move(moved));
  if (options.mark_bad) mark_left_bad(decision, owner, current);
  return decision;
}

Result<Decision> decide_rollback_to(const View& view, std::string_view owner, DeploymentId id,
                                    const RollbackToOptions& options) {
  PURSER_ASSIGN(const SharedDeployment deployment,
                get_activatable(view, owner, id, options.allow_bad));
  PURSER_ASSIGN(const PointerRow current,
                current_pointer(view, owner, options.channel, options.expect));
  PURSER_ASSIGN(const std::optional<Generation> earlier,
                latest_activation_of(view, owner, options.channel, id));
  const Cause cause = earlier ? Cause::rollback : Cause::restore;
  PURSER_TRY(check_not_frozen(view, owner, options.channel, cause));
  if (current.deployment == id) return nothing_to_move(owner, options.channel, current);
  Generation parent = current.generation;
  if (earlier) {
    PURSER_ASSIGN(const PointerRow activation, pointer_at(view, owner, options.channel, *earlier));
    parent = activation.parent;
  }
  Decision decision = moved_by(movement(owner, options.channel, current, cause, id, parent));
  if (options.mark_bad) mark_left_bad(decision, owner, current);
  return decision;
}

Result<Decision> decide_clear(const View& view, std::string_view owner,
                              const ClearOptions& options) {
  PURSER_ASSIGN(const PointerRow current,
                current_pointer(view, owner, options.channel, options.expect));
  PURSER_TRY(check_not_frozen(view, owner, options.channel, Cause::clear));
  if (!current.deployment) return nothing_to_move(owner, options.channel, current);
  return moved_by(
      movement(owner, options.channel, current, Cause::clear, std::nullopt, current.generation));
}

Result<Decision> decide_freeze(const std::string& owner, const FreezeOptions& options) {
  Decision decision;
  decision.events.emplace_back(ChannelsFrozen{owner, options.channel, options.rollback_too});
  return decision;
}

Result<Decision> decide_unfreeze(const View& view, const std::string& owner,
                                 const UnfreezeOptions& options) {
  const std::string_view name = options.channel ? *options.channel : kAllChannels;
  PURSER_ASSIGN(const SharedFreeze freeze, find_freeze(view, owner, name));
  Decision decision;
  if (freeze) {
    decision.events.emplace_back(ChannelsUnfrozen{owner, options.channel});
    return decision;
  }
  if (options.channel) {
    PURSER_ASSIGN(const PointerRow current, latest_pointer(view, owner, name));
    return nothing_to_move(owner, name, current);
  }
  decision.noted = Noted{owner, std::nullopt, std::nullopt, Generation{0}, {}, {}};
  return decision;
}

}  // namespace purser
