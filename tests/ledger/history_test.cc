// History filters, and finding a deployment by its identifier.
#include <gtest/gtest.h>

#include <cstring>

#include "support/test_ledger.h"

namespace purser::history_test {
namespace {

class History : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::uint64_t> positions(
      const EventFilter& filter, HistoryOrder order = HistoryOrder::oldest_first) {
    std::vector<std::uint64_t> found;
    for (const Event& event : must(ledger->history(filter, {}, order)).items) {
      found.push_back(event.position.value);
    }
    return found;
  }

  FakeClock clock{1'000'000};
  TestLedger ledger{Where::memory, clock.options()};
};

using Positions = std::vector<std::uint64_t>;

TEST_F(History, OwnerOfEveryKindOfEventIsKnown) {
  const auto ids = promoted(*ledger, 2, "a");               // 1 to 6
  create(*ledger, "b");                                     // 7
  must(ledger->promote("a", ids[1], {}, as_request("k")));  // 8: noted
  must(ledger->mark_bad(ids[0]));                           // 9
  must(ledger->unmark_bad(ids[0]));                         // 10
  DeleteArtifactOptions none;
  none.keep = 0;
  must(ledger->delete_artifact(ids[0], none));  // 11
  failed(*ledger, "b");                         // 12, 13
  EventFilter filter;
  filter.owner_key = "a";
  EXPECT_EQ(positions(filter), (Positions{1, 2, 3, 4, 5, 6, 8, 9, 10, 11}));
  filter.owner_key = "b";
  EXPECT_EQ(positions(filter), (Positions{7, 12, 13}));
  EXPECT_EQ(positions(filter, HistoryOrder::newest_first), (Positions{13, 12, 7}));
  filter.owner_key = "nobody";
  EXPECT_EQ(positions(filter), Positions());

  const std::pair<EventKind, Positions> kinds[] = {
      {EventKind::created, {1, 4, 7, 12}}, {EventKind::ready, {2, 5}},
      {EventKind::failed, {13}},           {EventKind::marked_bad, {9}},
      {EventKind::unmarked_bad, {10}},     {EventKind::artifact_deleted, {11}},
      {EventKind::activated, {3, 6}},      {EventKind::noted, {8}}};
  for (const auto& [kind, expected] : kinds) {
    EventFilter of_kind;
    of_kind.kind = kind;
    EXPECT_EQ(positions(of_kind), expected) << to_string(kind);
  }
}

TEST_F(History, FiltersAreJoinedByAnd) {
  Context kim;
  kim.actor = "kim";
  create(*ledger, "a");
  must(ledger->create("a", {}, kim));
  must(ledger->create("b", {}, kim));
  EventFilter filter;
  filter.actor = "kim";
  EXPECT_EQ(positions(filter), (Positions{2, 3}));
  filter.owner_key = "a";
  EXPECT_EQ(positions(filter), Positions{2});
  filter.kind = EventKind::ready;
  EXPECT_EQ(positions(filter), Positions());
}

TEST_F(History, SinceIncludesItsMomentAndUntilDoesNot) {
  for (int i = 0; i < 5; ++i) {
    clock.set(1'000'000 + 10 * i);
    create(*ledger);  // at 0, 10, 20, 30, 40
  }
  const auto between = [&](std::optional<std::int64_t> since, std::optional<std::int64_t> until) {
    EventFilter filter;
    if (since) filter.since = Timestamp{1'000'000 + *since};
    if (until) filter.until = Timestamp{1'000'000 + *until};
    const Positions found = positions(filter);
    Positions reversed = positions(filter, HistoryOrder::newest_first);
    std::reverse(reversed.begin(), reversed.end());
    EXPECT_EQ(found, reversed);
    return found;
  };
  EXPECT_EQ(between(10, {}), (Positions{2, 3, 4, 5}));
  EXPECT_EQ(between(11, {}), (Positions{3, 4, 5}));
  EXPECT_EQ(between(9, {}), (Positions{2, 3, 4, 5}));
  EXPECT_EQ(between({}, 30), (Positions{1, 2, 3}));
  EXPECT_EQ(between({}, 31), (Positions{1, 2, 3, 4}));
  EXPECT_EQ(between(10, 30), (Positions{2, 3}));
  EXPECT_EQ(between(10, 11), Positions{2});
  EXPECT_EQ(between(10, 10), Positions());
  EXPECT_EQ(between(30, 10), Positions());
  EXPECT_EQ(between(40, {}), Positions{5});
  EXPECT_EQ(between(41, {}), Positions());
  EXPECT_EQ(between({}, 0), Positions());
  EXPECT_EQ(between(-1'000'000, 2'000'000), (Positions{1, 2, 3, 4, 5}));
}

TEST_F(History, SpansOfTimeArePagedToo) {
  for (int i = 0; i < 9; ++i) {
    clock.set(1'000'000 + 10 * i);
    create(*ledger);
  }
  EventFilter filter;
  filter.since = Timestamp{1'000'020};
  filter.until = Timestamp{1'000'070};  // positions 3 to 7
  for (const auto order : {HistoryOrder::oldest_first, HistoryOrder::newest_first}) {
    Positions found;
    PageRequest page;
    page.limit = 2;
    do {
      const auto answer = must(ledger->history(filter, page, order));
      for (const Event& event : answer.items) found.push_back(event.position.value);
      page.after = answer.next;
    } while (page.after);
    if (order == HistoryOrder::newest_first) std::reverse(found.begin(), found.end());
    EXPECT_EQ(found, (Positions{3, 4, 5, 6, 7}));
  }
}

// Identifiers whose first bytes a test has chosen.
class Find : public testing::Test {
 protected:
  // A ledger whose random bytes are `prefix` and then a count.
  static TestLedger with_prefix(std::vector<unsigned char> prefix) {
    Options options;
    options.random = [prefix, count = 0](void* data, std::size_t size) mutable {
      std::memset(data, 0, size);
      std::memcpy(data, prefix.data(), std::min(prefix.size(), size));
      static_cast<unsigned char*>(data)[size - 1] = static_cast<unsigned char>(++count);
    };
    return TestLedger(Where::memory, options);
  }
};

TEST_F(Find, ByTheWholeIdentifierAndByAPrefix) {
  TestLedger ledger(Where::memory);
  const Deployment created = must(ledger->create("demo"));
  for (std::size_t size = 4; size <= created.identifier.size(); ++size) {
    const std::string prefix = created.identifier.substr(0, size);
    if (prefix.find_first_not_of("0123456789") == std::string::npos) continue;
    EXPECT_EQ(must(ledger->find(prefix)), created) << prefix;
  }
}

TEST_F(Find, APrefixNeedsFourCharactersAndMoreThanDigits) {
  TestLedger ledger = with_prefix({0x12, 0x34, 0x5a});
  must(ledger->create("demo"));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->find("")));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->find("123")));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->find("12345")));
  EXPECT_EQ(must(ledger->find("12345a")).id, DeploymentId{1});
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->find("1234")).what, "identifier");
}

TEST_F(Find, NothingThatBeginsSoIsNotFound) {
  TestLedger ledger = with_prefix({0xab, 0xcd});
  must(ledger->create("demo"));
  for (const std::string wanted :
       {"abce", "abcd0000-0000-4000-8000-0000000000ff", "ABCD", "abcd\xff", "zzzz"}) {
    const auto missing = failure_of<NotFound>(ledger->find(wanted));
    EXPECT_EQ(missing.id, std::nullopt);
    EXPECT_NE(missing.what.find(wanted), std::string::npos);
  }
}

TEST_F(Find, AnAmbiguousPrefixListsWhatItStandsFor) {
  TestLedger ledger = with_prefix({0xab, 0xcd});
  const Deployment first = must(ledger->create("demo"));
  const Deployment second = must(ledger->create("other"));
  ASSERT_EQ(first.identifier.substr(0, 35), second.identifier.substr(0, 35));
  const auto refusal = failure_of<InvalidArgument>(ledger->find("abcd"));
  EXPECT_EQ(refusal.what, "identifier");
  EXPECT_NE(refusal.why.find(first.identifier), std::string::npos) << refusal.why;
  EXPECT_NE(refusal.why.find(second.identifier), std::string::npos) << refusal.why;
  EXPECT_EQ(must(ledger->find(first.identifier)), first);
  EXPECT_EQ(must(ledger->find(second.identifier)), second);
}

TEST_F(Find, AtMostTenMatchesAreListed) {
  TestLedger ledger = with_prefix({0xab, 0xcd});
  std::vector<std::string> identifiers;
  for (int i = 0; i < 12; ++i) identifiers.push_back(must(ledger->create("demo")).identifier);
  const std::string why = failure_of<InvalidArgument>(ledger->find("abcd")).why;
  const auto listed = std::count_if(identifiers.begin(), identifiers.end(), [&](const auto& each) {
    return why.find(each) != std::string::npos;
  });
  EXPECT_EQ(listed, 10);
}

}  // namespace
}  // namespace purser::history_test
