#include "ledger/model.h"

#include <algorithm>

#include "try.h"

namespace purser {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

// A command in words: equal words are the same command.
template <class... Words>
std::string in_words(const Words&... words) {
  std::string command;
  const auto add = [&](const auto& word) {
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(word)>>) {
      command += std::to_string(word) + '\n';
    } else {
      command += word + std::string("\n");
    }
  };
  (add(words), ...);
  return command;
}
std::string in_words(const std::optional<Generation>& expect) {
  return expect ? std::to_string(expect->value) : "any";
}

}  // namespace

// --- Commands as such: request ids, dry runs, time, groups
// -----------------------------------------

template <class A, class Decide, class MakeAnswer>
Result<A> Model::run(const std::string& command, const Context& context, Decide decide,
                     MakeAnswer make_answer) {
  if (context.request_id && requests_.count(*context.request_id) > 0) {
    const Remembered& before = requests_.at(*context.request_id);
    if (before.command != command) return RequestIdReused{*context.request_id, before.position};
    A answer = std::get<A>(before.answer);
    answer.receipt.replayed = true;
    return answer;
  }
  std::optional<Model> as_it_was;
  if (context.dry_run) as_it_was = *this;
  Result<Decided> decision = decide();
  if (!decision) return decision.error();
  std::vector<Payload> events = decision->events;
  if (events.empty() && context.request_id) events.emplace_back(decision->noted.value());
  const Position first{log_.size() + 1};
  std::optional<EventGroup> group;
  if (events.size() > 1) group = EventGroup{first, static_cast<std::uint32_t>(events.size())};
  for (const Payload& payload : events) append(context, payload, group);
  A answer = make_answer(!decision->events.empty());
  answer.receipt = {};
  answer.receipt.unchanged = decision->events.empty();
  if (!events.empty() && !context.dry_run) answer.receipt.position = first;
  if (as_it_was) {
    *this = *std::move(as_it_was);
  } else if (context.request_id) {
    requests_[*context.request_id] = Remembered{command, answer, first};
  }
  return answer;
}

template <class Decide>
Result<DeploymentAnswer> Model::run_on(const std::string& command, DeploymentId id,
                                       const Context& context, Decide decide) {
  return run<DeploymentAnswer>(command, context, decide, [&](bool) {
    return DeploymentAnswer{deployments_.at(id.value - 1), {}};
  });
}

template <class Decide>
Result<PointerAnswer> Model::run_on(const std::string& command, const std::string& owner,
                                    const std::string& channel, const Context& context,
                                    Decide decide) {
  return run<PointerAnswer>(command, context, decide, [&](bool moved) {
    const Pointer now = pointer(owner, channel);
    PointerAnswer answer;
    answer.owner_key = owner;
    answer.channel = channel;
    answer.generation = now.generation;
    answer.active = now.active;
    answer.previous = now.previous;
    if (moved) answer.skipped = activations(owner, channel).back().moved.skipped;
    return answer;
  });
}

void Model::append(const Context& context, const Payload& payload,
                   std::optional<EventGroup> group) {
  Event event;
  event.position = Position{log_.size() + 1};
  const std::int64_t last = log_.empty() ? 0 : log_.back().time.unix_us;
  event.time = Timestamp{std::max(wall.unix_us, last + 1)};
  event.header.actor = context.actor.empty() ? "library" : context.actor;
  event.header.reason = context.reason;
  event.header.request_id = context.request_id;
  if (event.time.unix_us - wall.unix_us > kSecond) event.header.wall_time = wall;
  event.header.group = group;
  event.payload = payload;
  log_.push_back(event);
  if (const auto* e = std::get_if<Created>(&payload)) {
    Deployment d;
    d.id = e->id;
    d.identifier = e->identifier;
    d.owner_key = e->owner_key;
    d.source_ref = e->source_ref;
    d.labels = e->labels;
    d.created_at = event.time;
    deployments_.push_back(d);
    files_.emplace_back();
  } else if (const auto* ready = std::get_if<Ready>(&payload)) {
    Deployment& d = deployments_.at(ready->id.value - 1);
    d.status = DeploymentStatus::ready;
    d.artifact = ready->artifact;
    d.terminated_at = event.time;
  } else if (const auto* failed = std::get_if<Failed>(&payload)) {
    Deployment& d = deployments_.at(failed->id.value - 1);
    d.status = DeploymentStatus::failed;
    d.failure = failed->failure;
    d.terminated_at = event.time;
  } else if (const auto* bad = std::get_if<BadMarked>(&payload)) {
    deployments_.at(bad->id.value - 1).bad = Mark{event.header.actor, context.reason, event.time};
  } else if (const auto* good = std::get_if<BadUnmarked>(&payload)) {
    deployments_.at(good->id.value - 1).bad.reset();
  } else if (const auto* pinned = std::get_if<Pinned>(&payload)) {
    deployments_.at(pinned->id.value - 1).pinned =
        Mark{event.header.actor, context.reason, event.time};
  } else if (const auto* unpinned = std::get_if<Unpinned>(&payload)) {
    deployments_.at(unpinned->id.value - 1).pinned.reset();
  } else if (const auto* dropped = std::get_if<ArtifactDropped>(&payload)) {
    deployments_.at(dropped->id.value - 1).artifact_deleted_at = event.time;
  } else if (const auto* frozen = std::get_if<ChannelsFrozen>(&payload)) {
    freezes_[{frozen->owner_key, frozen->channel}] = {
        event.header.actor, context.reason, event.time, frozen->channel, frozen->rollback_too};
  } else if (const auto* unfrozen = std::get_if<ChannelsUnfrozen>(&payload)) {
    freezes_.erase({unfrozen->owner_key, unfrozen->channel});
  } else if (const auto* moved = std::get_if<Activated>(&payload)) {
    pointers_[{moved->owner_key, moved->channel}].push_back(
        {event.position, event.time, event.header.actor, context.reason, *moved});
  }
}

// --- Deployments
// -----------------------------------------------------------------------------------

Result<Deployment*> Model::find(DeploymentId id) {
  if (id.value < 1 || id.value > deployments_.size()) {
    return NotFound{id, "deployment " + std::to_string(id.value)};
  }
  return &deployments_[id.value - 1];
}

Result<Deployment*> Model::find_building(DeploymentId id) {
  PURSER_ASSIGN(Deployment * d, find(id));
  if (d->status != DeploymentStatus::building) return NotBuilding{id, d->status};
  return d;
}

Result<DeploymentAnswer> Model::create(const std::string& owner, const CreateOptions& options,
                                       const Context& context, const std::string& identifier) {
  std::string command = in_words("create", owner, options.source_ref.value_or("none"));
  for (const auto& [key, value] : options.labels) command += in_words(key, value);
  const DeploymentId id{deployments_.size() + 1};
  return run_on(command, id, context, [&]() -> Result<Decided> {
    return Decided{{Created{id, identifier, owner, options.source_ref, options.labels}}, {}};
  });
}

Result<DeploymentAnswer> Model::mark_ready(DeploymentId id, const ReadyOptions& options,
                                           const Context& context, const Digest& digest) {
  return run_on(in_words("ready", id.value, options.allow_empty), id, context,
                [&]() -> Result<Decided> {
                  PURSER_ASSIGN(Deployment * d, find_building(id));
                  StoredArtifact artifact{digest, files(id).size(), 0};
                  for (const auto& [path, bytes] : files(id)) artifact.bytes += bytes.size();
                  if (artifact.files == 0 && !options.allow_empty) return EmptyArtifact{id};
                  return Decided{{Ready{id, d->owner_key, artifact}}, {}};
                });
}

Result<DeploymentAnswer> Model::mark_ready_external(DeploymentId id, const std::string& location,
                                                    std::uint64_t bytes, const Context& context) {
  return run_on(in_words("external", id.value, location, bytes), id, context,
                [&]() -> Result<Decided> {
                  PURSER_ASSIGN(Deployment * d, find_building(id));
                  if (!files(id).empty()) {
                    return InvalidArgument{"location", "deployment " + std::to_string(id.value) +
                                                           " has stored files; it cannot be "
                                                           "external as well"};
                  }
                  return Decided{{Ready{id, d->owner_key, ExternalArtifact{location, bytes}}}, {}};
                });
}

Result<DeploymentAnswer> Model::mark_failed(DeploymentId id, const std::string& code,
                                            const std::string& message, const Context& context) {
  return run_on(in_words("fail", id.value, code, message), id, context, [&]() -> Result<Decided> {
    PURSER_ASSIGN(Deployment * d, find_building(id));
    return Decided{{Failed{id, d->owner_key, {code, message}}}, {}};
  });
}

Result<DeploymentAnswer> Model::mark_bad(DeploymentId id, const Context& context) {
  return run_on(in_words("bad", id.value), id, context, [&]() -> Result<Decided> {
    PURSER_ASSIGN(Deployment * d, find(id));
    return Decided{{BadMarked{id, d->owner_key}}, {}};
  });
}

Result<DeploymentAnswer> Model::unmark_bad(DeploymentId id, const Context& context) {
  return run_on(in_words("good", id.value), id, context, [&]() -> Result<Decided> {
    PURSER_ASSIGN(Deployment * d, find(id));
    if (d->bad) return Decided{{BadUnmarked{id, d->owner_key}}, {}};
    return Decided{{}, Noted{d->owner_key, id, {}, {}, {}, {}}};
  });
}

Result<DeploymentAnswer> Model::pin(DeploymentId id, const Context& context) {
  return run_on(in_words("pin", id.value), id, context, [&]() -> Result<Decided> {
    PURSER_ASSIGN(Deployment * d, find(id));
    if (d->artifact_deleted_at) return ArtifactDeleted{id, *d->artifact_deleted_at};
    return Decided{{Pinned{id, d->owner_key}}, {}};
  });
}

Result<DeploymentAnswer> Model::unpin(DeploymentId id, const Context& context) {
  return run_on(in_words("unpin", id.value), id, context, [&]() -> Result<Decided> {
    PURSER_ASSIGN(Deployment * d, find(id));
    if (d->pinned) return Decided{{Unpinned{id, d->owner_key}}, {}};
    return Decided{{}, Noted{d->owner_key, id, {}, {}, {}, {}}};
  });
}

std::vector<Referrer> Model::referrers(const Deployment& d, std::uint32_t keep) const {
  std::vector<Referrer> referrers;
  for (const auto& [name, moves] : pointers_) {
    const auto& [owner, channel] = name;
    if (owner != d.owner_key) continue;
    const std::vector<Activation> kept = way_back(owner, channel, keep).targets;
    if (moves.back().moved.deployment == d.id) {
      referrers.push_back({channel, ReferrerRole::active});
    } else if (std::any_of(kept.begin(), kept.end(), [&](const Activation& target) {
                 return target.moved.deployment == d.id;
               })) {
      referrers.push_back({channel, ReferrerRole::rollback_target});
    }
  }
  return referrers;
}

Result<DeploymentAnswer> Model::delete_artifact(DeploymentId id, std::uint32_t keep,
                                                const Context& context) {
  return run_on(in_words("delete", id.value, keep), id, context, [&]() -> Result<Decided> {
    PURSER_ASSIGN(Deployment * d, find(id));
    if (d->status == DeploymentStatus::building) return NotReady{id, d->status};
    if (d->artifact_deleted_at) return ArtifactDeleted{id, *d->artifact_deleted_at};
    std::vector<Referrer> referrers = this->referrers(*d, keep);
    if (d->pinned) referrers.push_back({"", ReferrerRole::pinned, d->pinned->reason});
    if (!referrers.empty()) return InUse{id, referrers};
    return Decided{{ArtifactDropped{id, d->owner_key}}, {}};
  });
}

bool Model::once_active(const Deployment& d) const {
  for (const auto& [name, moves] : pointers_) {
    for (const Activation& move : moves) {
      if (move.moved.deployment == d.id) return true;
    }
  }
  return false;
}

std::vector<PruneItem> Model::prune_plan(const std::string& owner,
                                         const PrunePolicy& policy) const {
  std::vector<PruneItem> plan;
  std::uint32_t newest = 0;
  for (auto d = deployments_.rbegin(); d != deployments_.rend(); ++d) {
    if (d->owner_key != owner) continue;
    PruneItem& item = plan.emplace_back(PruneItem{*d, {}, {}});
    const auto keep = [&](KeepReason why) { item.kept_by.push_back({why}); };
    const bool active = once_active(*d);
    const bool building = d->status == DeploymentStatus::building;
    const auto& age = active ? policy.older_than : policy.never_active_older_than;
    if (d->artifact_deleted_at) {
      keep(KeepReason::deleted);
      continue;
    }
    if (building) keep(KeepReason::building);
    for (const Referrer& one : referrers(*d, policy.keep)) {
      item.kept_by.push_back(
          {one.role == ReferrerRole::active ? KeepReason::active : KeepReason::rollback_target,
           one.channel});
    }
    if (d->pinned) keep(KeepReason::pinned);
    if (active && newest++ < policy.keep_newest) {
      keep(KeepReason::newest);
    } else if (!building && !active && !age) {
      keep(KeepReason::never_active);
    } else if (!building && age && d->created_at >= *age) {
      keep(KeepReason::young);
    }
    if (item.kept_by.empty()) {
      item.removed_by = active ? PruneRule::beyond_newest : PruneRule::never_active;
    }
  }
  return plan;
}

Result<PruneReport> Model::prune(const std::string& owner, const PrunePolicy& policy,
                                 const Context& context) {
  PruneReport report;
  const std::vector<PruneItem> plan = prune_plan(owner, policy);
  for (auto item = plan.rbegin(); item != plan.rend(); ++item) {
    if (!item->removed_by) continue;
    const DeploymentId id = item->deployment.id;
    Context one = context;
    if (one.request_id) *one.request_id += "/" + std::to_string(id.value);
    const auto deleted = delete_artifact(id, policy.keep, one);
    if (deleted) {
      report.removed.push_back(id);
    } else {
      report.failed.push_back({id, deleted.error()});
    }
  }
  return report;
}

Result<ExpireReport> Model::expire(Timestamp older_than, const Context& context) {
  ExpireReport report;
  const std::vector<Deployment> before = deployments_;
  for (const Deployment& d : before) {
    if (d.status != DeploymentStatus::building || d.created_at >= older_than) continue;
    Context one = context;
    if (one.request_id) *one.request_id += "/" + std::to_string(d.id.value);
    const std::string message = "still building at " + to_rfc3339(older_than);
    PURSER_TRY(mark_failed(d.id, "interrupted", message, one));
    report.failed.push_back(d.id);
  }
  return report;
}

// --- Pointers
// --------------------------------------------------------------------------------------

Model::Activations Model::activations(const std::string& owner, const std::string& channel) const {
  const auto found = pointers_.find({owner, channel});
  return found == pointers_.end() ? Activations() : found->second;
}

Pointer Model::pointer(const std::string& owner, const std::string& channel) const {
  Pointer pointer;
  pointer.owner_key = owner;
  pointer.channel = channel;
  pointer.frozen = frozen(owner, channel);
  const Activations moves = activations(owner, channel);
  if (moves.empty()) return pointer;
  const Activation& now = moves.back();
  pointer.generation = now.moved.generation;
  pointer.active = now.moved.deployment;
  if (moves.size() > 1) pointer.previous = moves[moves.size() - 2].moved.deployment;
  const Way way = way_back(owner, channel, 1);
  if (!way.targets.empty()) pointer.rollback_target = way.targets[0].moved.deployment;
  pointer.since = now.time;
  pointer.position = now.position;
  return pointer;
}

// What `steps` rollbacks at once would pass over and reach.
Model::Way Model::way_back(const std::string& owner, const std::string& channel,
                           std::size_t steps) const {
  Way way;
  const Activations moves = activations(owner, channel);
  std::uint64_t at = moves.empty() ? 0 : moves.back().moved.parent.value;
  while (at != 0 && way.targets.size() < steps) {
    const Activation& move = moves.at(at - 1);
    at = move.moved.parent.value;
    const std::optional<DeploymentId> id = move.moved.deployment;
    std::optional<SkipReason> why;
    if (!id) {
      why = SkipReason::nothing_active;
    } else if (id == moves.back().moved.deployment) {
      why = SkipReason::active_now;
    } else if (deployments_.at(id->value - 1).bad) {
      why = SkipReason::bad;
    } else if (deployments_.at(id->value - 1).artifact_deleted_at) {
      why = SkipReason::deleted;
    }
    if (!why) {
      way.targets.push_back(move);
    } else if (std::find(way.skipped.begin(), way.skipped.end(), Skipped{id, *why}) ==
               way.skipped.end()) {
      way.skipped.push_back({id, *why});
    }
  }
  return way;
}

Status Model::check_activatable(const std::string& owner, DeploymentId id, bool allow_bad) {
  PURSER_ASSIGN(Deployment * d, find(id));
  if (d->owner_key != owner) return WrongOwner{id, owner, d->owner_key};
  if (d->status != DeploymentStatus::ready) return NotReady{id, d->status};
  if (d->artifact_deleted_at) return ArtifactDeleted{id, *d->artifact_deleted_at};
  if (d->bad && !allow_bad) return MarkedBad{id, d->bad->reason};
  return {};
}

Activated Model::movement(const std::string& owner, const std::string& channel, Cause cause,
                          std::optional<DeploymentId> to) const {
  const Pointer now = pointer(owner, channel);
  return {owner,          channel, cause,      Generation{now.generation.value + 1},
          now.generation, to,      now.active, {}};
}

Noted Model::unmoved(const std::string& owner, const std::string& channel) const {
  const Pointer now = pointer(owner, channel);
  return {owner, {}, channel, now.generation, now.active, now.previous};
}

Result<PointerAnswer> Model::promote(const std::string& owner, DeploymentId id,
                                     const PromoteOptions& options, const Context& context) {
  return run_on(in_words("promote", owner, id.value, options.channel, in_words(options.expect),
                         options.not_older, options.allow_bad),
                owner, options.channel, context, [&]() -> Result<Decided> {
                  PURSER_TRY(check_activatable(owner, id, options.allow_bad));
                  const Pointer now = pointer(owner, options.channel);
                  if (options.expect && *options.expect != now.generation) {
                    return Conflict{*options.expect, now.generation};
                  }
                  PURSER_TRY(check_not_frozen(owner, options.channel, Cause::promote));
                  if (now.active == id) return Decided{{}, unmoved(owner, options.channel)};
                  if (options.not_older && now.active && id < *now.active) {
                    return NotOlder{id, *now.active};
                  }
                  return Decided{{movement(owner, options.channel, Cause::promote, id)}, {}};
                });
}

Result<PointerAnswer> Model::rollback(const std::string& owner, const RollbackOptions& options,
                                      const Context& context) {
  return run_on(in_words("rollback", owner, options.channel, options.steps,
                         in_words(options.expect), options.mark_bad),
                owner, options.channel, context, [&]() -> Result<Decided> {
                  const Pointer now = pointer(owner, options.channel);
                  if (options.expect && *options.expect != now.generation) {
                    return Conflict{*options.expect, now.generation};
                  }
                  PURSER_TRY(check_not_frozen(owner, options.channel, Cause::rollback));
                  const Way way = way_back(owner, options.channel, options.steps);
                  if (way.targets.size() < options.steps) {
                    return NoPreviousDeployment{owner, options.channel, way.skipped};
                  }
                  const Activated target = way.targets.back().moved;
                  Activated moved =
                      movement(owner, options.channel, Cause::rollback, target.deployment);
                  moved.parent = target.parent;
                  moved.skipped = way.skipped;
                  Decided decided{{moved}, {}};
                  if (options.mark_bad && now.active) {
                    decided.events.emplace_back(BadMarked{*now.active, owner});
                  }
                  return decided;
                });
}

Result<PointerAnswer> Model::rollback_to(const std::string& owner, DeploymentId id,
                                         const RollbackToOptions& options, const Context& context) {
  return run_on(in_words("rollback_to", owner, id.value, options.channel, in_words(options.expect),
                         options.allow_bad, options.mark_bad),
                owner, options.channel, context, [&]() -> Result<Decided> {
                  PURSER_TRY(check_activatable(owner, id, options.allow_bad));
                  const Pointer now = pointer(owner, options.channel);
                  if (options.expect && *options.expect != now.generation) {
                    return Conflict{*options.expect, now.generation};
                  }
                  Activated moved = movement(owner, options.channel, Cause::restore, id);
                  for (const Activation& earlier : activations(owner, options.channel)) {
                    if (earlier.moved.deployment != id) continue;
                    moved.cause = Cause::rollback;
                    moved.parent = earlier.moved.parent;  // the latest one stays
                  }
                  PURSER_TRY(check_not_frozen(owner, options.channel, moved.cause));
                  if (now.active == id) return Decided{{}, unmoved(owner, options.channel)};
                  Decided decided{{moved}, {}};
                  if (options.mark_bad && now.active) {
                    decided.events.emplace_back(BadMarked{*now.active, owner});
                  }
                  return decided;
                });
}

Result<PointerAnswer> Model::clear(const std::string& owner, const ClearOptions& options,
                                   const Context& context) {
  return run_on(in_words("clear", owner, options.channel, in_words(options.expect)), owner,
                options.channel, context, [&]() -> Result<Decided> {
                  const Pointer now = pointer(owner, options.channel);
                  if (options.expect && *options.expect != now.generation) {
                    return Conflict{*options.expect, now.generation};
                  }
                  PURSER_TRY(check_not_frozen(owner, options.channel, Cause::clear));
                  if (!now.active) return Decided{{}, unmoved(owner, options.channel)};
                  return Decided{{movement(owner, options.channel, Cause::clear, {})}, {}};
                });
}

// --- Freezes
// ---------------------------------------------------------------------------------------

std::optional<ChannelFreeze> Model::frozen(const std::string& owner, const Scope& channel) const {
  const auto own = freezes_.find({owner, channel});
  const auto all = freezes_.find({owner, std::nullopt});
  if (own == freezes_.end() && all == freezes_.end()) return std::nullopt;
  if (own == freezes_.end()) return all->second;
  if (all == freezes_.end() || own->second.rollback_too) return own->second;
  return all->second.rollback_too ? all->second : own->second;
}

Status Model::check_not_frozen(const std::string& owner, const std::string& channel,
                               Cause cause) const {
  const auto freeze = frozen(owner, channel);
  if (!freeze || (cause == Cause::rollback && !freeze->rollback_too)) return {};
  return Frozen{owner, channel, freeze->actor, freeze->reason};
}

Result<FreezeAnswer> Model::freeze(const std::string& owner, const FreezeOptions& options,
                                   const Context& context) {
  return run<FreezeAnswer>(
      in_words("freeze", owner, options.channel.value_or("*"), options.rollback_too), context,
      [&]() -> Result<Decided> {
        return Decided{{ChannelsFrozen{owner, options.channel, options.rollback_too}}, {}};
      },
      [&](bool) {
        return FreezeAnswer{owner, options.channel, frozen(owner, options.channel), {}};
      });
}

Result<FreezeAnswer> Model::unfreeze(const std::string& owner, const UnfreezeOptions& options,
                                     const Context& context) {
  return run<FreezeAnswer>(
      in_words("unfreeze", owner, options.channel.value_or("*")), context,
      [&]() -> Result<Decided> {
        if (freezes_.contains({owner, options.channel})) {
          return Decided{{ChannelsUnfrozen{owner, options.channel}}, {}};
        }
        if (options.channel) return Decided{{}, unmoved(owner, *options.channel)};
        return Decided{{}, Noted{owner, {}, {}, {}, {}, {}}};
      },
      [&](bool) {
        return FreezeAnswer{owner, options.channel, frozen(owner, options.channel), {}};
      });
}

// --- Drafts
// ----------------------------------------------------------------------------------------

Status Model::check_draft(DeploymentId id) {
  PURSER_ASSIGN(Deployment * d, find(id));
  if (d->status != DeploymentStatus::building) return Sealed{id};
  return {};
}

Status Model::store(DeploymentId id, const std::string& path, const std::string& bytes) {
  PURSER_TRY(check_draft(id));
  Files& stored = files_[id.value - 1];
  for (const auto& [other, ignored] : stored) {
    if (path.starts_with(other + "/") || other.starts_with(path + "/"))
      return AlreadyExists{other, "a file of the draft; a name is a file or a folder"};
  }
  stored[path] = bytes;
  return {};
}

Status Model::remove(DeploymentId id, const std::string& path) {
  PURSER_TRY(check_draft(id));
  if (files_[id.value - 1].erase(path) == 0) return PathNotFound{id, path};
  return {};
}

Status Model::remove_all(DeploymentId id) {
  PURSER_TRY(check_draft(id));
  files_[id.value - 1].clear();
  return {};
}

}  // namespace purser
