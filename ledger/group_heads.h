// The heads that a commit decides on: what its group has changed so far, then what the group before
// has while it is not known to be durable, then memory, then the rows as they were before the
// group.
//
// The commit undoes what a rejected proposal has put, and publishes the rest once it is durable.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "memory_heads.h"
#include "pointer_name.h"
#include "projection.h"

namespace purser {

/// What a group has put under names, and what each put took the place of.
template <class Value>
class NamedChanges {
 public:
  void clear() {
    changed_.clear();
    names_.clear();
    replaced_.clear();
  }
  [[nodiscard]] const Value* find(const PointerName& name) const {
    const auto found = changed_.find(name);
    return found == changed_.end() ? nullptr : &found->second;
  }
  void put(const PointerName& name, Value value) {
    const auto known = changed_.find(name);
    if (known != changed_.end()) {
      replaced_.emplace_back(known->first, std::exchange(known->second, std::move(value)));
      return;
    }
    const PointerName owned(names_.emplace_back(name));
    replaced_.emplace_back(owned, std::nullopt);
    changed_.emplace(owned, std::move(value));
  }
  /// How often something was put; `undo` goes back to when it was `puts`.
  [[nodiscard]] std::size_t puts() const { return replaced_.size(); }
  void undo(std::size_t puts);

  [[nodiscard]] auto begin() const { return changed_.begin(); }
  [[nodiscard]] auto end() const { return changed_.end(); }

 private:
  std::unordered_map<PointerName, Value, PointerNameHash> changed_;  // views of names_
  std::deque<OwnedPointerName> names_;
  std::vector<std::pair<PointerName, std::optional<Value>>> replaced_;  // oldest first
};

class GroupHeads final : public Heads {
 public:
  /// `memory` must outlive it.
  explicit GroupHeads(MemoryHeads& memory) : memory_(memory) {}

  /// Begins a group on `base`, which has no heads of its own and lives until the group is decided.
  /// `before`: those of the group before, which are asked as well unless they `are_durable`.
  void begin(const View& base, const GroupHeads& before, bool are_durable);

  Result<SharedDeployment> deployment(DeploymentId id) override;
  Result<PointerRow> pointer(std::string_view owner, std::string_view channel) override;
  Result<SharedFreeze> freeze(std::string_view owner, std::string_view channel) override;
  Result<DeploymentId> last_deployment() override;
  void put(SharedDeployment deployment, Position position) override;
  void put(std::string_view owner, std::string_view channel, const PointerRow& row) override;
  void put(std::string_view owner, std::string_view channel, SharedFreeze freeze,
           Position position) override;
  /// The event at `position` changed whether a deployment can be rolled back to.
  void put_mark(Position position) { mark_ = position; }

  /// A moment to which `undo` goes back.
  struct Moment {
    std::size_t deployments = 0;
    std::size_t pointers = 0;
    std::size_t freezes = 0;
    std::optional<DeploymentId> last;
  };
  [[nodiscard]] Moment moment() const;
  void undo(const Moment& moment);

  /// Hands what was put to memory, invisible before the group's last position is published. The
  /// group after it may be looking meanwhile.
  void publish() const;

 private:
  struct Changed {
    SharedDeployment deployment;
    Position position;
  };
  struct ChangedFreeze {
    SharedFreeze freeze;
    Position position;
  };

  [[nodiscard]] std::optional<SharedDeployment> changed(DeploymentId id) const;

  MemoryHeads& memory_;
  const View* base_ = nullptr;
  const GroupHeads* before_ = nullptr;
  Position at_;  // before the group
  std::unordered_map<DeploymentId, Changed, DeploymentIdHash> deployments_;
  NamedChanges<PointerRow> pointers_;
  NamedChanges<ChangedFreeze> freezes_;
  std::optional<Position> mark_;
  std::optional<DeploymentId> last_;  // known from the first question on, group after group

  // What was there before each put, oldest first; nothing where it was the first.
  std::vector<std::pair<DeploymentId, std::optional<Changed>>> replaced_deployments_;
};

}  // namespace purser
