// Pages: every size gives the same items, and a cursor goes on where its page ended.
#include <gtest/gtest.h>

#include "support/test_ledger.h"

namespace purser::pages_test {
namespace {

// All items of a query in pages of `limit`; no page is longer, and only the last may be shorter.
template <class Query>
auto gather(Query query, std::size_t limit) {
  PageRequest request;
  request.limit = limit;
  auto page = must(query(request));
  auto items = page.items;
  while (page.next) {
    EXPECT_EQ(page.items.size(), limit);
    request.after = page.next;
    page = must(query(request));
    EXPECT_FALSE(page.items.empty()) << "a cursor that leads to nothing";
    EXPECT_LE(page.items.size(), limit);
    items.insert(items.end(), page.items.begin(), page.items.end());
  }
  return items;
}

class Pages : public BothLedgers {
 protected:
  template <class Query, class Items>
  void expect_every_size(Query query, const Items& expected) {
    for (std::size_t limit = 1; limit <= expected.size() + 1; ++limit) {
      EXPECT_TRUE(gather(query, limit) == expected) << "in pages of " << limit;
    }
  }
};
PURSER_ON_BOTH_LEDGERS(Pages);

TEST_P(Pages, ListIsNewestFirst) {
  std::vector<Deployment> expected;
  for (int i = 0; i < 7; ++i) {
    create(*ledger, "before");
    expected.insert(expected.begin(), static_cast<Deployment>(must(ledger->create("demo"))));
    create(*ledger, "later");
  }
  expect_every_size([&](const PageRequest& page) { return ledger->list("demo", {}, page); },
                    expected);
}

TEST_P(Pages, ListCountsOnlyWhatTheFilterLetsThrough) {
  std::vector<Deployment> expected;
  for (int i = 0; i < 12; ++i) {
    const DeploymentId id = create(*ledger);
    if (i % 3 != 0) continue;
    expected.insert(expected.begin(), must(ledger->mark_failed(id, "c", "m")));
  }
  DeploymentFilter filter;
  filter.status = DeploymentStatus::failed;
  expect_every_size([&](const PageRequest& page) { return ledger->list("demo", filter, page); },
                    expected);
}

TEST_P(Pages, ListFiltersByStatusSourceAndLabels) {
  CreateOptions main;
  main.source_ref = "sha-1";
  main.labels = {{"branch", "main"}, {"os", "linux"}};
  CreateOptions side;
  side.source_ref = "sha-2";
  side.labels = {{"branch", "side"}, {"os", "linux"}};
  const DeploymentId a = must(ledger->create("demo", main)).id;
  const DeploymentId b = must(ledger->create("demo", side)).id;
  const DeploymentId c = must(ledger->create("demo", main)).id;
  must(ledger->mark_failed(c, "c", "m"));
  const auto found = [&](const DeploymentFilter& filter) {
    std::vector<DeploymentId> ids;
    for (const Deployment& each : must(ledger->list("demo", filter)).items) ids.push_back(each.id);
    return ids;
  };
  DeploymentFilter filter;
  filter.source_ref = "sha-1";
  EXPECT_EQ(found(filter), (std::vector{c, a}));
  filter.status = DeploymentStatus::building;
  EXPECT_EQ(found(filter), std::vector{a});
  filter = {};
  filter.labels = {{"os", "linux"}};
  EXPECT_EQ(found(filter), (std::vector{c, b, a}));
  filter.labels["branch"] = "side";
  EXPECT_EQ(found(filter), std::vector{b});
  filter.labels["branch"] = "mai";
  EXPECT_EQ(found(filter), std::vector<DeploymentId>());
  filter.labels = {{"none", ""}};
  EXPECT_EQ(found(filter), std::vector<DeploymentId>());
}

TEST_P(Pages, OwnersAreSortedByBytesAndNamedOnce) {
  const std::vector<std::string> sorted{"!", "A", "a", "a b", "a!", "aa", "b", "\xc3\xa9"};
  for (const std::string owner : {"b", "aa", "\xc3\xa9", "a", "a!", "a b", "!", "A", "a", "b"}) {
    create(*ledger, owner);
  }
  expect_every_size([&](const PageRequest& page) { return ledger->owners(page); }, sorted);
}

TEST_P(Pages, ActivationsAreNewestFirstAndWholeEvents) {
  const auto ids = promoted(*ledger, 3);
  promoted(*ledger, 2, "other");
  must(ledger->clear("demo"));
  must(ledger->mark_bad(ids[2]));
  Context context;
  context.actor = "kim";
  context.reason = "back";
  must(ledger->rollback("demo", {}, context));
  std::vector<Activation> expected;
  for (const Event& event : all_events(*ledger)) {
    const auto* moved = std::get_if<Activated>(&event.payload);
    if (moved == nullptr || moved->owner_key != "demo") continue;
    expected.insert(expected.begin(), Activation{event.position, event.time, event.header.actor,
                                                 event.header.reason, *moved});
  }
  ASSERT_EQ(expected.size(), 5u);
  EXPECT_EQ(expected[0].actor, "kim");
  EXPECT_EQ(expected[0].moved.skipped, (std::vector<Skipped>{{ids[2], SkipReason::bad}}));
  expect_every_size(
      [&](const PageRequest& page) { return ledger->activations("demo", "live", page); }, expected);
}

TEST_P(Pages, HistoryGoesBothWays) {
  promoted(*ledger, 3);
  std::vector<Event> events = all_events(*ledger);
  ASSERT_EQ(events.size(), 9u);
  expect_every_size([&](const PageRequest& page) { return ledger->history({}, page); }, events);
  std::reverse(events.begin(), events.end());
  expect_every_size(
      [&](const PageRequest& page) {
        return ledger->history({}, page, HistoryOrder::newest_first);
      },
      events);
}

TEST_P(Pages, CursorStaysGoodWhileTheLedgerGrows) {
  for (int i = 0; i < 4; ++i) create(*ledger);
  PageRequest page;
  page.limit = 2;
  const auto first = must(ledger->list("demo", {}, page));
  create(*ledger);
  page.after = first.next;
  const auto second = must(ledger->list("demo", {}, page));
  ASSERT_EQ(second.items.size(), 2u);
  EXPECT_EQ(second.items[0].id, DeploymentId{2});
  EXPECT_EQ(second.items[1].id, DeploymentId{1});
  EXPECT_EQ(second.next, std::nullopt);
}

TEST_P(Pages, WhatIsNoCursorIsRefused) {
  promoted(*ledger);
  for (const std::string cursor : {"", "x", "-1", "1x", " 1", "18446744073709551616"}) {
    PageRequest page;
    page.after = cursor;
    EXPECT_EQ(failure_of<InvalidArgument>(ledger->list("demo", {}, page)).what, "cursor");
    EXPECT_EQ(failure_of<InvalidArgument>(ledger->activations("demo", "live", page)).what,
              "cursor");
    EXPECT_EQ(failure_of<InvalidArgument>(ledger->history({}, page)).what, "cursor");
  }
}

TEST_P(Pages, ACursorAtTheEndsOfNumbersGivesAnEmptyOrAWholePage) {
  promoted(*ledger);
  PageRequest page;
  page.after = "18446744073709551615";
  EXPECT_EQ(must(ledger->list("demo", {}, page)).items.size(), 1u);
  EXPECT_EQ(must(ledger->activations("demo", "live", page)).items.size(), 1u);
  EXPECT_EQ(must(ledger->history({}, page)).items.size(), 0u);
  EXPECT_EQ(must(ledger->history({}, page, HistoryOrder::newest_first)).items.size(), 3u);
  page.after = "0";
  EXPECT_EQ(must(ledger->list("demo", {}, page)).items.size(), 0u);
  EXPECT_EQ(must(ledger->activations("demo", "live", page)).items.size(), 0u);
  EXPECT_EQ(must(ledger->history({}, page)).items.size(), 3u);
  EXPECT_EQ(must(ledger->history({}, page, HistoryOrder::newest_first)).items.size(), 0u);
}

TEST_P(Pages, ReadGivesEventsFromAPositionOn) {
  promoted(*ledger, 2);
  const auto all = must(ledger->read(Position{1}, 1000));
  ASSERT_EQ(all.size(), 6u);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].position.value, i + 1);
  EXPECT_EQ(must(ledger->read(Position{3}, 2)), (std::vector{all[2], all[3]}));
  EXPECT_EQ(must(ledger->read(Position{6}, 5)), std::vector{all[5]});
  EXPECT_EQ(must(ledger->read(Position{7}, 5)), std::vector<Event>());
  EXPECT_EQ(must(ledger->read(Position{~std::uint64_t{0}}, 5)), std::vector<Event>());
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->read(Position{0}, 5)).what, "from");
}

}  // namespace
}  // namespace purser::pages_test
