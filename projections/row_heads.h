// Heads that are looked up in the rows of a View at every call. Nothing is kept: what is put must
// stand in those rows by the next call.
#pragma once

#include "deployments.h"
#include "freezes.h"
#include "heads.h"
#include "pointers.h"

namespace purser {

class RowHeads final : public Heads {
 public:
  /// `view` has no heads of its own, and must outlive this.
  explicit RowHeads(const View& view) : view_(view) {}

  Result<SharedDeployment> deployment(DeploymentId id) override {
    return find_deployment(view_, id);
  }
  Result<PointerRow> pointer(std::string_view owner, std::string_view channel) override {
    return latest_pointer(view_, owner, channel);
  }
  Result<SharedFreeze> freeze(std::string_view owner, std::string_view channel) override {
    return find_freeze(view_, owner, channel);
  }
  Result<DeploymentId> last_deployment() override { return purser::last_deployment(view_); }
  void put(SharedDeployment, Position) override {}
  void put(std::string_view, std::string_view, const PointerRow&) override {}
  void put(std::string_view, std::string_view, SharedFreeze, Position) override {}

 private:
  const View& view_;
};

}  // namespace purser
