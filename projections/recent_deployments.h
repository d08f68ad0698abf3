// Heads for a rebuild: the deployments whose events were folded last, in a bounded table.
//
// What is not there is unknown, and asking for it is remembered: the fold takes it for a deployment
// that no event created, but the rebuild knows better and folds that event once it has the rows in
// order. Pointers and freezes are not kept: no fold asks for them. For one thread.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "heads.h"

namespace purser {

class RecentDeployments final : public Heads {
 public:
  explicit RecentDeployments(std::size_t deployments_max) : slots_(deployments_max) {}

  Result<SharedDeployment> deployment(DeploymentId id) override {
    const SharedDeployment& found = slot(id);
    if (found && found->id == id) return found;
    unknown_ = id;
    return SharedDeployment();
  }
  Result<PointerRow> pointer(std::string_view, std::string_view) override { return PointerRow{}; }
  Result<SharedFreeze> freeze(std::string_view, std::string_view) override {
    return SharedFreeze();
  }
  Result<DeploymentId> last_deployment() override { return DeploymentId{}; }
  void put(SharedDeployment deployment, Position) override {
    SharedDeployment& place = slot(deployment->id);
    place = std::move(deployment);
  }
  void put(std::string_view, std::string_view, const PointerRow&) override {}
  void put(std::string_view, std::string_view, SharedFreeze, Position) override {}

  void forget(DeploymentId id) { slot(id).reset(); }
  /// What was asked for and not found since the last call.
  std::optional<DeploymentId> take_unknown() { return std::exchange(unknown_, std::nullopt); }

 private:
  // Ids ascend by one, so that a deployment stays until as many others were created.
  SharedDeployment& slot(DeploymentId id) { return slots_[id.value % slots_.size()]; }

  std::vector<SharedDeployment> slots_;
  std::optional<DeploymentId> unknown_;
};

}  // namespace purser
