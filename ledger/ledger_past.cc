// The queries of a Ledger about its past: each takes one Moment, goes back, and answers from there.
#include "deployments.h"
#include "impl.h"
#include "input_limits.h"
#include "past.h"

namespace purser {

Result<Position> Ledger::position_at(const AsOf& at) const {
  PURSER_ASSIGN(const Moment moment, impl_->then(at));
  return moment.view().at;
}

Result<SharedDeployment> Ledger::active_at(std::string_view owner, std::string_view channel,
                                           const AsOf& at) const {
  PURSER_TRY(check_pointer(owner, channel));
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return query_active(moment.view(), {owner, channel}, at);
}

Result<Pointer> Ledger::pointer_at(std::string_view owner, std::string_view channel,
                                   const AsOf& at) const {
  PURSER_TRY(check_pointer(owner, channel));
  PURSER_ASSIGN(const Moment moment, impl_->then(at));
  return query_pointer(moment.view(), {owner, channel});
}

Result<Deployment> Ledger::get_at(DeploymentId id, const AsOf& at) const {
  PURSER_ASSIGN(const Moment moment, impl_->then(at));
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(moment.view(), id));
  return *deployment;
}

Result<Page<Pointer>> Ledger::state_at(const AsOf& at, const PageRequest& page) const {
  PURSER_ASSIGN(const Moment moment, impl_->then(at));
  return query_state(moment.view(), page);
}

}  // namespace purser
