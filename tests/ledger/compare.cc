#include "ledger/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/test_ledger.h"

namespace purser {
namespace {

std::string words(const Error& error) { return std::string(error.name()) + ": " + error.message(); }

bool same(const Receipt& a, const Receipt& b) {
  return a.position == b.position && a.unchanged == b.unchanged && a.replayed == b.replayed;
}
bool same(const DeploymentAnswer& a, const DeploymentAnswer& b) {
  return static_cast<const Deployment&>(a) == static_cast<const Deployment&>(b) &&
         same(a.receipt, b.receipt);
}
bool same(const PointerAnswer& a, const PointerAnswer& b) {
  return a.owner_key == b.owner_key && a.channel == b.channel && a.generation == b.generation &&
         a.active == b.active && a.previous == b.previous && a.skipped == b.skipped &&
         same(a.receipt, b.receipt);
}
bool same(const FreezeAnswer& a, const FreezeAnswer& b) {
  return a.owner_key == b.owner_key && a.channel == b.channel && a.frozen == b.frozen &&
         same(a.receipt, b.receipt);
}
bool same(const PruneReport& a, const PruneReport& b) {
  return a.removed == b.removed &&
         std::equal(a.failed.begin(), a.failed.end(), b.failed.begin(), b.failed.end(),
                    [](const PruneFailure& x, const PruneFailure& y) {
                      return x.id == y.id && words(x.error) == words(y.error);
                    });
}
bool same(const ExpireReport& a, const ExpireReport& b) { return a.failed == b.failed; }

std::string show(std::optional<DeploymentId> id) { return id ? std::to_string(id->value) : "-"; }
std::string show(const Receipt& receipt) {
  return " at " + (receipt.position ? std::to_string(receipt.position->value) : "-") +
         (receipt.unchanged ? " unchanged" : "") + (receipt.replayed ? " replayed" : "");
}
std::string show(const DeploymentAnswer& d) {
  return "deployment " + std::to_string(d.id.value) + " " + std::string(to_string(d.status)) +
         show(d.receipt);
}
std::string show(const PointerAnswer& p) {
  return "generation " + std::to_string(p.generation.value) + " active " + show(p.active) +
         " previous " + show(p.previous) + " skipped " + std::to_string(p.skipped.size()) +
         show(p.receipt);
}
std::string show(const FreezeAnswer& f) {
  return (f.frozen ? "frozen by " + f.frozen->actor : "not frozen") + show(f.receipt);
}
std::string show(const PruneReport& r) {
  return std::to_string(r.removed.size()) + " removed, " + std::to_string(r.failed.size()) +
         " failed";
}
std::string show(const ExpireReport& r) { return std::to_string(r.failed.size()) + " failed"; }

template <class T>
std::string show(const Result<T>& result) {
  return result ? show(*result) : words(result.error());
}

template <class T>
std::string compare(const Result<T>& ledger, const Result<T>& model) {
  const bool alike =
      ledger.has_value() == model.has_value() &&
      (ledger ? same(*ledger, *model) : words(ledger.error()) == words(model.error()));
  return alike ? "" : "ledger: " + show(ledger) + "\nmodel:  " + show(model);
}

template <class Query>
auto gather(Query query, std::size_t limit) {
  PageRequest request;
  request.limit = limit;
  auto page = must(query(request));
  auto items = page.items;
  while (page.next) {
    request.after = page.next;
    page = must(query(request));
    items.insert(items.end(), page.items.begin(), page.items.end());
  }
  return items;
}

template <class T>
std::vector<T> reversed(std::vector<T> items) {
  std::reverse(items.begin(), items.end());
  return items;
}

bool alike(const std::vector<Event>& ledger, const std::vector<Event>& model) {
  return std::equal(ledger.begin(), ledger.end(), model.begin(), model.end(),
                    [](const Event& a, const Event& b) { return purser::alike(a, b); });
}

std::vector<Event> filtered(const Model& model, const EventFilter& filter) {
  std::vector<Event> events;
  for (const Event& event : model.log()) {
    const std::string owner =
        std::visit([](const auto& payload) { return payload.owner_key; }, event.payload);
    if (filter.owner_key && owner != *filter.owner_key) continue;
    if (filter.kind && event.kind() != *filter.kind) continue;
    if (filter.actor && event.header.actor != *filter.actor) continue;
    if (filter.since && event.time < *filter.since) continue;
    if (filter.until && event.time >= *filter.until) continue;
    events.push_back(event);
  }
  return events;
}

void expect_same_history(const Ledger& ledger, const Model& model, const EventFilter& filter) {
  const auto query = [&](HistoryOrder order) {
    return gather([&](const PageRequest& page) { return ledger.history(filter, page, order); }, 97);
  };
  const std::vector<Event> expected = filtered(model, filter);
  EXPECT_TRUE(alike(query(HistoryOrder::oldest_first), expected));
  EXPECT_TRUE(alike(query(HistoryOrder::newest_first), reversed(expected)));
}

void expect_same_files(const Ledger& ledger, const Model& model, const Deployment& d) {
  if (d.artifact_deleted_at) {
    EXPECT_TRUE(fails_with<ArtifactDeleted>(ledger.list_files(d.id)));
    return;
  }
  Model::Files found;
  for (const FileEntry& file : must(ledger.list_files(d.id))) {
    found[file.path] = must(ledger.retrieve(d.id, file.path));
  }
  EXPECT_EQ(found, model.files(d.id)) << "files of " << d.id.value;
}

}  // namespace

std::string difference(const Result<DeploymentAnswer>& ledger,
                       const Result<DeploymentAnswer>& model) {
  return compare(ledger, model);
}
std::string difference(const Result<PointerAnswer>& ledger, const Result<PointerAnswer>& model) {
  return compare(ledger, model);
}
std::string difference(const Result<FreezeAnswer>& ledger, const Result<FreezeAnswer>& model) {
  return compare(ledger, model);
}
std::string difference(const Result<PruneReport>& ledger, const Result<PruneReport>& model) {
  return compare(ledger, model);
}
std::string difference(const Result<ExpireReport>& ledger, const Result<ExpireReport>& model) {
  return compare(ledger, model);
}
std::string difference(const Status& ledger, const Status& model) {
  const std::string a = ledger ? "ok" : words(ledger.error());
  const std::string b = model ? "ok" : words(model.error());
  return a == b ? "" : "ledger: " + a + "\nmodel:  " + b;
}

bool alike(const Event& ledger, const Event& model) {
  Event event = ledger;
  event.header.command_digest.reset();
  return event == model &&
         ledger.header.command_digest.has_value() == ledger.header.request_id.has_value();
}

void expect_same_owner(const Ledger& ledger, const Model& model, const std::string& owner,
                       const std::string& channel, std::size_t limit) {
  const Pointer pointer = model.pointer(owner, channel);
  EXPECT_EQ(must(ledger.pointer(owner, channel)), pointer);
  EXPECT_EQ(active_id(ledger, owner, channel), pointer.active);
  const auto moves = gather(
      [&](const PageRequest& page) { return ledger.activations(owner, channel, page); }, limit);
  EXPECT_TRUE(moves == reversed(model.activations(owner, channel))) << owner << " " << channel;
  std::vector<Deployment> theirs;
  for (const Deployment& d : model.deployments()) {
    if (d.owner_key == owner) theirs.push_back(d);
  }
  const auto listed =
      gather([&](const PageRequest& page) { return ledger.list(owner, {}, page); }, limit);
  EXPECT_TRUE(listed == reversed(theirs)) << owner;
}

void expect_same(const Ledger& ledger, const Model& model) {
  const Stats stats = must(ledger.stats());
  EXPECT_EQ(stats.log_size.value, model.log().size());
  EXPECT_EQ(stats.last_deployment.value, model.deployments().size());
  EXPECT_TRUE(alike(all_events(ledger), model.log()));
  std::set<std::string> owners;
  std::set<std::string> channels{"live", "never"};
  for (const Deployment& d : model.deployments()) {
    owners.insert(d.owner_key);
    EXPECT_EQ(must(ledger.get(d.id)), d);
    EXPECT_EQ(must(ledger.find(d.identifier)).id, d.id);
    expect_same_files(ledger, model, d);
  }
  for (const Event& event : model.log()) {
    const auto* moved = std::get_if<Activated>(&event.payload);
    if (moved != nullptr) channels.insert(moved->channel);
  }
  EXPECT_EQ(gather([&](const PageRequest& page) { return ledger.owners(page); }, 2),
            std::vector<std::string>(owners.begin(), owners.end()));
  owners.insert("nobody");
  for (const std::string& owner : owners) {
    for (const std::string& channel : channels) {
      expect_same_owner(ledger, model, owner, channel, 13);
    }
  }
  if (model.log().empty()) return;
  EventFilter filter;
  filter.actor = "kim";
  expect_same_history(ledger, model, filter);
  filter.owner_key = "a";
  filter.kind = EventKind::activated;
  expect_same_history(ledger, model, filter);
  filter = {};
  filter.since = model.log()[model.log().size() / 3].time;
  filter.until = model.log()[model.log().size() / 2].time;
  expect_same_history(ledger, model, filter);
}

}  // namespace purser
