// Heads for who folds a log anew: the deployments whose events were folded last, in a bounded
// table.
//
// What is not there is unknown, and asking for it is remembered: the fold takes it for a deployment
// that no event created, but the rebuild knows better and folds that event once it has the rows in
// order. Pointers and freezes are not kept: no fold asks for them. For one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "heads.h"
#include "key.h"

namespace purser {

class RecentDeployments : public Heads {
 public:
  explicit RecentDeployments(std::size_t memory_bytes)
      : slots_(std::max<std::size_t>(memory_bytes / kKeptBytes, 1)) {}

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

  /// A deployment with a long row is not kept.
  void was_written(std::string_view key, std::string_view value) {
    if (value.size() <= kKeptRowBytesMax) return;
    key.remove_suffix(sizeof(Position));
    slot(DeploymentId{trailing_u64(key)}).reset();
  }
  /// What was asked for and not found since the last call.
  std::optional<DeploymentId> take_unknown() { return std::exchange(unknown_, std::nullopt); }

 private:
  static constexpr std::size_t kKeptRowBytesMax = 1024;
  static constexpr std::size_t kKeptBytes = 4 * kKeptRowBytesMax;

  // Ids ascend by one, so that a deployment stays until as many others were created.
  SharedDeployment& slot(DeploymentId id) { return slots_[id.value % slots_.size()]; }

  std::vector<SharedDeployment> slots_;
  std::optional<DeploymentId> unknown_;
};

}  // namespace purser
