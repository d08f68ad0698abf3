#include "memory_heads.h"

#include <utility>

namespace purser {
namespace {

constexpr auto kAsItIs = [](const auto& value) { return value; };

}  // namespace

std::optional<SharedDeployment> MemoryHeads::deployment(DeploymentId id, Position at) const {
  return deployments_.find(id, at, kAsItIs);
}

std::optional<PointerRow> MemoryHeads::pointer(const PointerName& name, Position at) const {
  return pointers_.find(name, at, [](const PointerHead& head) { return head.row; });
}

std::optional<SharedFreeze> MemoryHeads::freeze(const PointerName& name, Position at) const {
  if (at.value < frozen_from_) return std::optional<SharedFreeze>(std::in_place);
  return freezes_.find(name, at, kAsItIs);
}

std::optional<MemoryHeads::RollbackTarget> MemoryHeads::rollback_target(const PointerName& name,
                                                                        Position at) const {
  const auto head = pointers_.find(name, at, kAsItIs);
  if (!head || !head->target_at || *head->target_at > at) return std::nullopt;
  // What was found before a deployment was marked may no longer hold.
  if (head->target_at->value < marked_) return std::nullopt;
  return head->target;
}

void MemoryHeads::put(SharedDeployment deployment, Position since, Position published) {
  const DeploymentId id = deployment->id;
  deployments_.put(id, since, published, std::move(deployment));
}

void MemoryHeads::put(const PointerName& name, const PointerRow& row, Position published) {
  pointers_.put(name, row.position, published, {row, {}, std::nullopt});
}

void MemoryHeads::put(const PointerName& name, SharedFreeze freeze, Position since,
                      Position published) {
  freezes_.put(name, since, published, std::move(freeze));
  frozen_from_ = std::min(frozen_from_.load(), since.value);
}

void MemoryHeads::clear() {
  deployments_.clear();
  pointers_.clear();
  freezes_.clear();
}

void MemoryHeads::remember(SharedDeployment deployment, Position at) {
  // When it last changed is not known, but it was no later than `at`.
  const DeploymentId id = deployment->id;
  deployments_.remember(id, at, at, std::move(deployment));
}

void MemoryHeads::remember(const PointerName& name, const PointerRow& row, Position at) {
  pointers_.remember(name, row.position, at, {row, {}, std::nullopt});
}

void MemoryHeads::remember(const PointerName& name, SharedFreeze freeze, Position at) {
  freezes_.remember(name, at, at, std::move(freeze));
}

void MemoryHeads::remember(const PointerName& name, const PointerRow& row, RollbackTarget target,
                           Position at) {
  pointers_.amend(name, row.position, [&](PointerHead& head) {
    head.target = target;
    head.target_at = at;
  });
}

}  // namespace purser
