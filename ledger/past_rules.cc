#include "past_rules.h"

#include <fmt/format.h>

#include "input_limits.h"
#include "try.h"

namespace purser {
namespace {

// Which deployment it is says PastEvent::where.
InvalidArgument impossible(std::string why) { return {{}, std::move(why)}; }

std::optional<Payload> some(Payload payload) { return payload; }

}  // namespace

Result<std::optional<Payload>> PastRules::next(const PastChange& change, std::string identifier) {
  Result<Payload> payload = Io{};
  if (const auto* created = std::get_if<PastCreate>(&change)) {
    payload = create(*created, std::move(identifier));
  } else if (const auto* is_ready = std::get_if<PastReady>(&change)) {
    payload = ready(*is_ready);
  } else if (const auto* failure = std::get_if<PastFailure>(&change)) {
    payload = fail(*failure);
  } else if (const auto* deletion = std::get_if<PastDeletion>(&change)) {
    payload = drop(*deletion);
  } else {
    return move(std::get<PastMovement>(change));
  }
  if (!payload) return payload.error();
  return some(*std::move(payload));
}

Result<Payload> PastRules::create(const PastCreate& change, std::string identifier) {
  if (change.id <= last_) {
    return impossible(
        fmt::format("its id must be above that of the one created before, {}", last_.value));
  }
  if (change.identifier) identifier = *change.identifier;
  if (!identifiers_.insert(identifier).second) {
    return impossible(fmt::format("another deployment has the identifier '{}'", identifier));
  }
  last_ = change.id;
  deployments_[change.id.value].owner = &*owners_.insert(change.owner).first;
  return Payload(Created{change.id, std::move(identifier), change.owner, change.options.source_ref,
                         change.options.labels});
}

Result<Payload> PastRules::ready(const PastReady& change) {
  PURSER_ASSIGN(Known * known, find_building(change.id));
  known->status = DeploymentStatus::ready;
  return Payload(Ready{change.id, *known->owner, change.artifact});
}

Result<Payload> PastRules::fail(const PastFailure& change) {
  PURSER_ASSIGN(Known * known, find_building(change.id));
  known->status = DeploymentStatus::failed;
  return Payload(Failed{change.id, *known->owner, change.failure});
}

Result<Payload> PastRules::drop(const PastDeletion& change) {
  PURSER_ASSIGN(Known * known, find(change.id));
  if (known->status == DeploymentStatus::building) {
    return impossible("it has no artifact that was deleted: it is building");
  }
  if (known->deleted) return impossible("its artifact was deleted before");
  known->deleted = true;
  return Payload(ArtifactDropped{change.id, *known->owner});
}

Result<std::optional<Payload>> PastRules::move(const PastMovement& change) {
  PURSER_TRY(check_pointer(change.owner, change.channel));
  if (change.to) PURSER_TRY(check_target(change, *change.to));
  Standing& standing = pointers_[{change.owner, change.channel}];
  if (standing.active == change.to) return std::optional<Payload>();
  Activated moved;
  moved.owner_key = change.owner;
  moved.channel = change.channel;
  moved.generation = Generation{standing.generation.value + 1};
  moved.parent = standing.generation;
  moved.deployment = change.to;
  moved.previous = standing.active;
  moved.cause = !change.to ? Cause::clear : change.back ? Cause::restore : Cause::promote;
  if (change.to) {
    const auto earlier = standing.parents.find(change.to->value);
    if (change.back && earlier != standing.parents.end()) {
      moved.cause = Cause::rollback;
      moved.parent = earlier->second;
    }
    standing.parents[change.to->value] = moved.parent;
    if (deployments_.at(change.to->value).deleted) ++to_deleted_;
  }
  standing.generation = moved.generation;
  standing.active = change.to;
  return some(std::move(moved));
}

Status PastRules::check_target(const PastMovement& change, DeploymentId id) {
  PURSER_ASSIGN(const Known* known, find(id));
  if (*known->owner != change.owner) {
    return impossible(fmt::format("a pointer of owner '{}' cannot be on it: it is of owner '{}'",
                                  change.owner, *known->owner));
  }
  if (known->status == DeploymentStatus::ready) return {};
  return impossible(
      fmt::format("a pointer cannot be on it: it is {}, not ready", to_string(known->status)));
}

Result<PastRules::Known*> PastRules::find(DeploymentId id) {
  const auto found = deployments_.find(id.value);
  if (found == deployments_.end()) return impossible("nothing before says that it was created");
  return &found->second;
}

Result<PastRules::Known*> PastRules::find_building(DeploymentId id) {
  PURSER_ASSIGN(Known * known, find(id));
  if (known->status == DeploymentStatus::building) return known;
  return impossible(fmt::format("it is {} already", to_string(known->status)));
}

}  // namespace purser
