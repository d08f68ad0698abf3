// The queries of a Ledger: each takes one Moment and answers from it.
#include "answers.h"
#include "deployments.h"
#include "impl.h"
#include "input_limits.h"
#include "pointers.h"
#include "queries.h"

namespace purser {

Result<Deployment> Ledger::get(DeploymentId id) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return get_deployment(moment.view(), id);
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

Result<std::optional<Deployment>> Ledger::active(std::string_view owner,
                                                 std::string_view channel) const {
  PURSER_TRY(check_owner(owner));
  PURSER_TRY(check_channel(channel));
  PURSER_ASSIGN(const Moment moment, impl_->now());
  PURSER_ASSIGN(const auto latest, latest_pointer(moment.view(), owner, channel));
  if (!latest || !latest->deployment) return std::optional<Deployment>();
  PURSER_ASSIGN(Deployment deployment, get_deployment(moment.view(), *latest->deployment));
  return std::optional<Deployment>(std::move(deployment));
}

Result<Pointer> Ledger::pointer(std::string_view owner, std::string_view channel) const {
  PURSER_TRY(check_owner(owner));
  PURSER_TRY(check_channel(channel));
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return describe_pointer(moment.view(), owner, channel);
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
