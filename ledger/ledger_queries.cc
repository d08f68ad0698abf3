// The queries of a Ledger: each takes one Moment and answers from it.
#include "deployments.h"
#include "impl.h"
#include "queries.h"

namespace purser {

Result<Deployment> Ledger::get(DeploymentId id) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(moment.view(), id));
  return *deployment;
}

Result<Deployment> Ledger::find(std::string_view identifier) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return query_find(moment.view(), identifier);
}

Result<Page<Deployment>> Ledger::list(std::string_view owner, const DeploymentFilter& filter,
                                      const PageRequest& page) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return query_list(moment.view(), owner, filter, page);
}

Result<Page<std::string>> Ledger::owners(const PageRequest& page) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return query_owners(moment.view(), page);
}

Result<SharedDeployment> Ledger::active(std::string_view owner, std::string_view channel) const {
  return impl_->active(owner, channel);
}

Result<Pointer> Ledger::pointer(std::string_view owner, std::string_view channel) const {
  return impl_->pointer(owner, channel);
}

Result<Page<Activation>> Ledger::activations(std::string_view owner, std::string_view channel,
                                             const PageRequest& page) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return query_activations(moment.view(), owner, channel, page);
}

Result<Page<Event>> Ledger::history(const EventFilter& filter, const PageRequest& page,
                                    HistoryOrder order) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return query_history(moment.view(), filter, page, order);
}

Result<std::vector<Event>> Ledger::read(Position from, std::size_t limit) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return query_read(moment.view(), from, limit);
}

}  // namespace purser
