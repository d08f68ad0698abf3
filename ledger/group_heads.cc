#include "group_heads.h"

#include <algorithm>

#include "deployments.h"
#include "freezes.h"
#include "pointers.h"
#include "try.h"

namespace purser {
namespace {

// Undoes puts until `size` of them are left.
template <class Replaced, class Map>
void undo_until(std::size_t size, Replaced& replaced, Map& map) {
  for (; replaced.size() > size; replaced.pop_back()) {
    auto& [key, before] = replaced.back();
    if (before) {
      map.find(key)->second = *std::move(before);
    } else {
      map.erase(key);
    }
  }
}

}  // namespace

template <class Value>
void NamedChanges<Value>::undo(std::size_t puts) {
  undo_until(puts, replaced_, changed_);
}

void GroupHeads::begin(const View& base, const GroupHeads& before, bool are_durable) {
  base_ = &base;
  at_ = base.at;
  before_ = are_durable ? nullptr : &before;
  last_ = before.last_;
  deployments_.clear();
  pointers_.clear();
  freezes_.clear();
  replaced_deployments_.clear();
  mark_.reset();
}

std::optional<SharedDeployment> GroupHeads::changed(DeploymentId id) const {
  const auto found = deployments_.find(id);
  if (found != deployments_.end()) return found->second.deployment;
  return std::nullopt;
}

Result<SharedDeployment> GroupHeads::deployment(DeploymentId id) {
  if (auto mine = changed(id)) return *std::move(mine);
  if (before_ != nullptr) {
    if (auto earlier = before_->changed(id)) return *std::move(earlier);
  }
  if (auto known = memory_.deployment(id, at_)) return *std::move(known);
  PURSER_ASSIGN(SharedDeployment found, find_deployment(*base_, id));
  if (found) memory_.remember(found, at_);
  return found;
}

Result<PointerRow> GroupHeads::pointer(std::string_view owner, std::string_view channel) {
  const PointerName name{owner, channel};
  if (const PointerRow* mine = pointers_.find(name)) return *mine;
  if (before_ != nullptr) {
    if (const PointerRow* earlier = before_->pointers_.find(name)) return *earlier;
  }
  if (const auto known = memory_.pointer(name, at_)) return *known;
  PURSER_ASSIGN(const PointerRow found, latest_pointer(*base_, owner, channel));
  memory_.remember(name, found, at_);
  return found;
}

Result<SharedFreeze> GroupHeads::freeze(std::string_view owner, std::string_view channel) {
  const PointerName name{owner, channel};
  if (const ChangedFreeze* mine = freezes_.find(name)) return mine->freeze;
  if (before_ != nullptr) {
    if (const ChangedFreeze* earlier = before_->freezes_.find(name)) return earlier->freeze;
  }
  if (auto known = memory_.freeze(name, at_)) return *std::move(known);
  PURSER_ASSIGN(SharedFreeze found, find_freeze(*base_, owner, channel));
  memory_.remember(name, found, at_);
  return found;
}

Result<DeploymentId> GroupHeads::last_deployment() {
  if (!last_) {
    PURSER_ASSIGN(last_, purser::last_deployment(*base_));
    for (const auto& [id, changed] : deployments_) last_ = std::max(*last_, id);
  }
  return *last_;
}

void GroupHeads::put(SharedDeployment deployment, Position position) {
  const DeploymentId id = deployment->id;
  if (last_) last_ = std::max(*last_, id);
  const auto [entry, is_new] = deployments_.try_emplace(id);
  std::optional<Changed> before;
  if (!is_new) before = std::move(entry->second);
  replaced_deployments_.emplace_back(id, std::move(before));
  entry->second = {std::move(deployment), position};
}

void GroupHeads::put(std::string_view owner, std::string_view channel, const PointerRow& row) {
  pointers_.put({owner, channel}, row);
}

void GroupHeads::put(std::string_view owner, std::string_view channel, SharedFreeze freeze,
                     Position position) {
  freezes_.put({owner, channel}, {std::move(freeze), position});
}

GroupHeads::Moment GroupHeads::moment() const {
  return {replaced_deployments_.size(), pointers_.puts(), freezes_.puts(), last_};
}

// A mark stays: it makes memory forget more than it must, never less.
void GroupHeads::undo(const Moment& moment) {
  undo_until(moment.deployments, replaced_deployments_, deployments_);
  pointers_.undo(moment.pointers);
  freezes_.undo(moment.freezes);
  last_ = moment.last;
}

void GroupHeads::publish() const {
  if (mark_) memory_.put_mark(*mark_);
  for (const auto& [id, changed] : deployments_) {
    memory_.put(changed.deployment, changed.position, at_);
  }
  for (const auto& [name, row] : pointers_) memory_.put(name, row, at_);
  for (const auto& [name, changed] : freezes_) {
    memory_.put(name, changed.freeze, changed.position, at_);
  }
}

}  // namespace purser
