#include "answers.h"

#include "deployments.h"
#include "freezes.h"
#include "pointers.h"
#include "rollback_path.h"
#include "try.h"

namespace purser {
namespace {

Receipt receipt(const Outcome& outcome, bool dry_run) {
  Receipt receipt;
  receipt.replayed = outcome.replayed;
  receipt.unchanged =
      outcome.events.empty() || std::holds_alternative<Noted>(outcome.events.front().payload);
  const bool written = !outcome.events.empty() && (!dry_run || outcome.replayed);
  if (written) receipt.position = outcome.events.front().position;
  return receipt;
}

}  // namespace

Result<DeploymentAnswer> answer_deployment(const View& view, DeploymentId id,
                                           const Outcome& outcome, bool dry_run) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, id));
  return DeploymentAnswer{*deployment, receipt(outcome, dry_run)};
}

Result<PointerAnswer> answer_pointer(const View& view, std::string_view owner,
                                     std::string_view channel, const Outcome& outcome,
                                     bool dry_run) {
  PointerAnswer answer;
  answer.owner_key = owner;
  answer.channel = channel;
  answer.receipt = receipt(outcome, dry_run);
  if (outcome.events.empty()) {
    PURSER_ASSIGN(const PointerRow row, latest_pointer(view, owner, channel));
    answer.generation = row.generation;
    answer.active = row.deployment;
    answer.previous = row.previous;
    return answer;
  }
  const Payload& payload = outcome.events.front().payload;
  if (const auto* moved = std::get_if<Activated>(&payload)) {
    answer.generation = moved->generation;
    answer.active = moved->deployment;
    answer.previous = moved->previous;
    answer.skipped = moved->skipped;
  } else if (const auto* noted = std::get_if<Noted>(&payload)) {
    answer.generation = noted->generation;
    answer.active = noted->active;
    answer.previous = noted->previous;
  }
  return answer;
}

Result<FreezeAnswer> answer_freeze(const View& view, const std::string& owner,
                                   const std::optional<std::string>& channel,
                                   const Outcome& outcome, bool dry_run) {
  PURSER_ASSIGN(const SharedFreeze freeze, channel ? freeze_in_force(view, owner, *channel)
                                                   : find_freeze(view, owner, kAllChannels));
  FreezeAnswer answer{owner, channel, std::nullopt, receipt(outcome, dry_run)};
  if (freeze) answer.frozen = *freeze;
  return answer;
}

Result<std::optional<DeploymentId>> rollback_target(const View& view, const PointerName& name,
                                                    const PointerRow& latest) {
  std::optional<DeploymentId> found;
  PURSER_ASSIGN(const auto skipped,
                walk_back(view, name.owner, name.channel, latest, [&](const PointerRow& target) {
                  found = target.deployment;
                  return false;
                }));
  return found;
}

Pointer make_pointer(const PointerName& name, const PointerRow& latest,
                     std::optional<DeploymentId> rollback_target, const SharedFreeze& freeze) {
  Pointer pointer;
  pointer.owner_key = name.owner;
  pointer.channel = name.channel;
  if (freeze) pointer.frozen = *freeze;
  if (latest.generation.value == 0) return pointer;
  pointer.generation = latest.generation;
  pointer.active = latest.deployment;
  pointer.previous = latest.previous;
  pointer.rollback_target = rollback_target;
  pointer.since = latest.time;
  pointer.position = latest.position;
  return pointer;
}

}  // namespace purser
