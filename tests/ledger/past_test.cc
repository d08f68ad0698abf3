// Time travel: what was active, how a pointer and a deployment stood, and the whole state, at any
// moment of the past, against a fold of the events up to it.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "ascending_search.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"
#include "support/test_ledger.h"

namespace purser::past_test {
namespace {

constexpr int kPoints = 10'000;

class Past : public BothLedgers {};
PURSER_ON_BOTH_LEDGERS(Past);

// What the events say, one after the other.
struct Fold {
  using Name = std::pair<std::string, std::string>;
  std::map<Name, std::optional<DeploymentId>> active;
  std::map<std::uint64_t, bool> bad;

  void take(const Event& event) {
    if (const auto* moved = std::get_if<Activated>(&event.payload)) {
      active[{moved->owner_key, moved->channel}] = moved->deployment;
    } else if (const auto* created = std::get_if<Created>(&event.payload)) {
      bad[created->id.value] = false;
    } else if (const auto* marked = std::get_if<BadMarked>(&event.payload)) {
      bad[marked->id.value] = true;
    } else if (const auto* unmarked = std::get_if<BadUnmarked>(&event.payload)) {
      bad[unmarked->id.value] = false;
    }
  }
};

// Movements of all kinds by three owners on two channels, at times that come in bursts.
void wander(Ledger& ledger, FakeClock& clock, int steps, std::mt19937_64& random) {
  const std::string owners[] = {"a", "b", "ba"};
  const std::string channels[] = {"live", "beta"};
  std::map<std::string, std::vector<DeploymentId>> made;
  for (int step = 0; step < steps; ++step) {
    clock.advance(random() % 10 == 0 ? static_cast<std::int64_t>(random() % 5'000'000'000) : 1);
    const std::string& owner = owners[random() % 3];
    const std::string& channel = channels[random() % 2];
    auto& ids = made[owner];
    if (ids.size() < 3 || random() % 8 == 0) ids.push_back(ready(ledger, owner));
    const DeploymentId id = ids[random() % ids.size()];
    PromoteOptions promote;
    promote.channel = channel;
    promote.allow_bad = true;
    ClearOptions clear;
    clear.channel = channel;
    RollbackOptions rollback;
    rollback.channel = channel;
    switch (random() % 12) {
      case 0: must(ledger.clear(owner, clear)); break;
      case 1: (void)ledger.rollback(owner, rollback); break;
      case 2: must(ledger.mark_bad(id)); break;
      case 3: must(ledger.unmark_bad(id)); break;
      default: must(ledger.promote(owner, id, promote));
    }
  }
}

// The active deployment of every pointer, and its mark, at one moment.
void expect_as_folded(const Ledger& ledger, const Fold& fold, const AsOf& at) {
  for (const char* owner : {"a", "b", "ba", "nobody"}) {
    for (const char* channel : {"live", "beta"}) {
      const auto found = fold.active.find({owner, channel});
      const auto expected = found == fold.active.end() ? std::nullopt : found->second;
      const SharedDeployment then = must(ledger.active_at(owner, channel, at));
      ASSERT_EQ(then != nullptr, expected.has_value()) << owner << ' ' << channel;
      if (!then) continue;
      ASSERT_EQ(then->id, *expected) << owner << ' ' << channel;
      ASSERT_EQ(then->bad.has_value(), fold.bad.at(then->id.value));
    }
  }
}

TEST_P(Past, ActiveAtIsWhatAFoldOfTheEventsSaysAtRandomPoints) {
  FakeClock clock;
  TestLedger wandered(GetParam(), clock.options());
  std::mt19937_64 random(5);
  wander(*wandered, clock, scaled(1200), random);
  const std::vector<Event> events = all_events(*wandered);
  const auto size = events.size();
  // Each moment is asked for once the fold has come to it: by position, and by a time before the
  // next event.
  std::multimap<std::uint64_t, bool> points;
  for (int i = 0; i < scaled(kPoints); ++i) {
    points.emplace(random() % (size + 1), random() % 2 == 0);
  }
  Fold fold;
  std::uint64_t folded = 0;
  for (const auto& [position, by_time] : points) {
    while (folded < position) fold.take(events[folded++]);
    if (by_time && position > 0) {
      const std::int64_t from = events[position - 1].time.unix_us;
      const std::int64_t to = position < size ? events[position].time.unix_us : from + 1000;
      const auto within =
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(to - from));
      const AsOf time = Timestamp{from + within};
      EXPECT_EQ(must(wandered->position_at(time)), Position{position});
      expect_as_folded(*wandered, fold, time);
    } else {
      expect_as_folded(*wandered, fold, Position{position});
    }
    if (HasFatalFailure()) FAIL() << "at position " << position;
  }
}

TEST_P(Past, BeforeTheFirstActivationAndAfterAClearNothingWasActive) {
  EXPECT_EQ(must(ledger->active_at("demo", kLiveChannel, Position{0})), nullptr);
  EXPECT_EQ(must(ledger->active_at("demo", kLiveChannel, Timestamp{INT64_MAX})), nullptr);
  promoted(*ledger);            // 1 to 3
  must(ledger->clear("demo"));  // 4
  const auto active = [&](const AsOf& at) {
    return must(ledger->active_at("demo", kLiveChannel, at)) != nullptr;
  };
  EXPECT_FALSE(active(Position{0}));
  EXPECT_FALSE(active(Position{2}));
  EXPECT_TRUE(active(Position{3}));
  EXPECT_FALSE(active(Position{4}));
  EXPECT_FALSE(active(Timestamp{INT64_MIN}));
  EXPECT_FALSE(active(Timestamp{INT64_MAX}));
  const Timestamp cleared = last_event(*ledger).time;
  EXPECT_FALSE(active(cleared));
  EXPECT_TRUE(active(Timestamp{cleared.unix_us - 1}));
}

TEST_P(Past, APositionBeyondTheEndIsRefused) {
  create(*ledger);
  EXPECT_EQ(must(ledger->position_at(Position{1})), Position{1});
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->position_at(Position{2})).what, "position");
  (void)failure_of<InvalidArgument>(ledger->active_at("demo", kLiveChannel, Position{2}));
  (void)failure_of<InvalidArgument>(ledger->state_at(Position{2}));
  (void)failure_of<InvalidArgument>(ledger->active_at("", kLiveChannel, Position{1}));
}

TEST_P(Past, ADeploymentIsSeenAsItWas) {
  const DeploymentId id = ready(*ledger);  // 1 and 2
  must(ledger->mark_bad(id));              // 3
  (void)failure_of<NotFound>(ledger->get_at(id, Position{0}));
  EXPECT_EQ(must(ledger->get_at(id, Position{1})).status, DeploymentStatus::building);
  EXPECT_EQ(must(ledger->get_at(id, Position{2})).status, DeploymentStatus::ready);
  EXPECT_FALSE(must(ledger->get_at(id, Position{2})).bad);
  EXPECT_EQ(must(ledger->get_at(id, Position{3})), must(ledger->get(id)));
}

TEST_P(Past, APointerTellsWhereARollbackWouldHaveGoneAndWhetherItWasFrozen) {
  const auto ids = promoted(*ledger, 3);  // 1 to 9
  must(ledger->freeze("demo"));           // 10
  must(ledger->mark_bad(ids[1]));         // 11
  const auto pointer = [&](std::uint64_t at) {
    return must(ledger->pointer_at("demo", kLiveChannel, Position{at}));
  };
  EXPECT_EQ(pointer(2).generation, Generation{0});
  EXPECT_EQ(pointer(6).active, ids[1]);
  EXPECT_EQ(pointer(6).rollback_target, ids[0]);
  EXPECT_EQ(pointer(9).rollback_target, ids[1]);
  EXPECT_FALSE(pointer(9).frozen);
  EXPECT_TRUE(pointer(10).frozen);
  EXPECT_EQ(pointer(11).rollback_target, ids[0]);
  EXPECT_EQ(pointer(11), must(ledger->pointer("demo")));
}

TEST_P(Past, TheStateOfTheWholeLedgerComesInPages) {
  for (const char* owner : {"b", "a", "a:b", "ab"}) promoted(*ledger, owner);  // 1 to 12
  PromoteOptions beta;
  beta.channel = "beta";
  must(ledger->promote("a", DeploymentId{2}, beta));  // 13
  const auto names = [&](std::uint64_t at, std::size_t limit) {
    std::vector<std::string> found;
    PageRequest page{limit, std::nullopt};
    do {
      auto answer = must(ledger->state_at(Position{at}, page));
      EXPECT_LE(answer.items.size(), limit);
      for (const Pointer& one : answer.items) {
        found.push_back(one.owner_key + "/" + one.channel);
        EXPECT_EQ(one, must(ledger->pointer_at(one.owner_key, one.channel, Position{at})));
      }
      page.after = std::move(answer.next);
    } while (page.after);
    return found;
  };
  using Names = std::vector<std::string>;
  for (const std::size_t limit : {1, 2, 5, 1000}) {
    EXPECT_EQ(names(2, limit), Names());
    EXPECT_EQ(names(3, limit), Names{"b/live"});
    EXPECT_EQ(names(12, limit), (Names{"a/live", "a:b/live", "ab/live", "b/live"}));
    EXPECT_EQ(names(13, limit), (Names{"a/beta", "a/live", "a:b/live", "ab/live", "b/live"}));
  }
  for (const char* cursor : {"", "a", ":", "9:a", "-1:ab", "1:a", "x:ab"}) {
    (void)failure_of<InvalidArgument>(ledger->state_at(Position{13}, {10, cursor}));
  }
}

TEST(PastBesideAWriter, AReaderGoesNoFurtherThanItSees) {
  TestLedger ledger(Where::disk);
  const DeploymentId first = promoted(*ledger);  // 1 to 3
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  for (int i = 0; i < 20; ++i) promoted(*ledger);
  (void)failure_of<InvalidArgument>(reader.position_at(Position{4}));
  EXPECT_EQ(must(reader.position_at(Timestamp{INT64_MAX})), Position{3});
  EXPECT_EQ(must(reader.active("demo"))->id, first);
  must(reader.refresh());
  EXPECT_EQ(must(reader.active_at("demo", kLiveChannel, Position{5}))->id, first);
}

// --- The search ----------------------------------------------------------------------------------

struct Searched {
  std::uint64_t item = 0;
  int looks = 0;
};
Searched search(const std::vector<std::int64_t>& values, std::int64_t target) {
  Searched searched;
  searched.item = must(last_at_most(values.size(), target, [&](std::uint64_t item) {
    ++searched.looks;
    EXPECT_TRUE(item >= 1 && item <= values.size());
    return Result<std::int64_t>(values.at(item - 1));
  }));
  return searched;
}

TEST(LastAtMost, FindsWhatALinearSearchFindsWhateverTheValues) {
  std::mt19937_64 random(6);
  for (int round = 0; round < scaled(400); ++round) {
    std::vector<std::int64_t> values;
    std::int64_t value = static_cast<std::int64_t>(random() % 100) - 50;
    const int bits = static_cast<int>(random() % 40) + 1;  // the gaps differ wildly
    for (std::uint64_t n = random() % 60; n > 0; --n) {
      values.push_back(value);
      value += 1 + static_cast<std::int64_t>(random() >> (64 - bits) >> (random() % 40));
    }
    for (const std::int64_t step : {-1, 0, 1}) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::int64_t target = values[i] + step;
        const auto expected = std::upper_bound(values.begin(), values.end(), target);
        ASSERT_EQ(search(values, target).item,
                  static_cast<std::uint64_t>(expected - values.begin()));
      }
    }
  }
  EXPECT_EQ(search({}, 5).item, 0u);
  const std::vector<std::int64_t> extremes{INT64_MIN, INT64_MIN + 1, 0, INT64_MAX - 1, INT64_MAX};
  EXPECT_EQ(search(extremes, INT64_MAX).item, 5u);
  EXPECT_EQ(search(extremes, INT64_MAX - 1).item, 4u);
  EXPECT_EQ(search(extremes, INT64_MIN).item, 1u);
}

TEST(LastAtMost, LooksAFewTimesAlongALineAndNeverMoreThanThriceForEachHalving) {
  std::vector<std::int64_t> line;
  std::vector<std::int64_t> powers;
  for (std::int64_t i = 0; i < 100'000; ++i) line.push_back(1000 * i + (i * 7919) % 997);
  for (int i = 0; i < 62; ++i) powers.push_back(std::int64_t{1} << i);
  for (std::int64_t target = 5; target < 100'000'000; target += 1'234'567) {
    EXPECT_LE(search(line, target).looks, 10);
  }
  for (const std::int64_t target : powers) EXPECT_LE(search(powers, target).looks, 2 + 3 * 6);
}

TEST(LastAtMost, EndsWhereNothingAscends) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int64_t> values(50);
    for (auto& value : values) value = static_cast<std::int64_t>(random() % 20);
    EXPECT_LE(search(values, 10).looks, 60);
  }
}

}  // namespace
}  // namespace purser::past_test
