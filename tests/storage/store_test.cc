// What every Store must do, run over each of them.
#include "store.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "storage/stores.h"

namespace purser::store_test {
namespace {

using namespace std::string_literals;
TYPED_TEST_SUITE(StoreTest, Stores);

TYPED_TEST(StoreTest, GivesBackWhatWasPutUntilItIsErased) {
  EXPECT_EQ(this->get("k"), std::nullopt);
  this->put("k", "1");
  EXPECT_EQ(this->get("k"), "1");
  this->put("k", "");
  EXPECT_EQ(this->get("k"), "");
  this->put("k", std::string("\0\xff", 2));
  EXPECT_EQ(this->get("k"), std::string("\0\xff", 2));
  WriteSet changes;
  changes.erase(Space::state, "k");
  changes.erase(Space::state, "never there");
  ASSERT_TRUE(ok(this->store().write(changes)));
  EXPECT_EQ(this->get("k"), std::nullopt);
  this->put("k", "2");
  EXPECT_EQ(this->get("k"), "2");
}

TYPED_TEST(StoreTest, SpacesAreApart) {
  this->put("k", "log", Space::log);
  EXPECT_EQ(this->get("k"), std::nullopt);
  this->put("k", "state");
  EXPECT_EQ(this->get("k", Space::log), "log");
  EXPECT_EQ(scanned(*this->store().snapshot(), kAll, Direction::ascending, Space::log),
            (RowList{{"k", "log"}}));
}

TYPED_TEST(StoreTest, EmptyWriteIsFine) { EXPECT_TRUE(ok(this->store().write(WriteSet()))); }

TYPED_TEST(StoreTest, WriteIsSeenAsAWholeByReadersBesideIt) {
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  const auto look = [&](std::atomic<int>& looks) {
    while (!done) {
      const auto rows = this->store().snapshot();
      const auto first = rows->get(Space::log, "a").value();
      const auto second = rows->get(Space::state, "b").value();
      const RowList third = scanned(*rows, {"c", "d"}, Direction::ascending);
      const bool none = !first && !second && third.empty();
      const bool all = first && second && third == RowList{{"c", *first}} && second == first;
      if (!none && !all) ++torn;
      ++looks;
      looks.notify_one();
    }
  };
  std::array<std::atomic<int>, 2> looks{};
  std::thread reader(look, std::ref(looks[0]));
  std::thread other(look, std::ref(looks[1]));
  for (int round = 0; round < 800; ++round) {
    // No reader is left far behind, and waiting is asleep: ThreadSanitizer forgets who wrote when
    // that thread has done much since, and then takes RocksDB for us.
    for (std::atomic<int>& one : looks) {
      for (int seen = one; seen < round / 4; seen = one) one.wait(seen);
    }
    WriteSet changes;
    const std::string value = std::to_string(round);
    if (round % 3 == 2) {
      changes.erase(Space::log, "a");
      changes.erase(Space::state, "b");
      changes.erase(Space::state, "c");
    } else {
      changes.put(Space::log, "a", value);
      changes.put(Space::state, "b", value);
      changes.put(Space::state, "c", value);
    }
    EXPECT_TRUE(ok(this->store().write(changes)));
  }
  done = true;
  reader.join();
  other.join();
  EXPECT_EQ(torn, 0);
}

TYPED_TEST(StoreTest, SnapshotStaysAsItWasWhileWritesGoOn) {
  this->put("a", "1");
  this->put("b", "1");
  const auto before = this->store().snapshot();
  WriteSet changes;
  changes.put(Space::state, "a", "2");
  changes.erase(Space::state, "b");
  changes.put(Space::state, "c", "2");
  ASSERT_TRUE(ok(this->store().write(changes)));
  const auto after = this->store().snapshot();
  this->put("a", "3");
  EXPECT_EQ(scanned(*before, kAll, Direction::ascending), (RowList{{"a", "1"}, {"b", "1"}}));
  EXPECT_EQ(before->get(Space::state, "c").value(), std::nullopt);
  EXPECT_EQ(scanned(*after, kAll, Direction::descending), (RowList{{"c", "2"}, {"a", "2"}}));
  EXPECT_EQ(this->get("a"), "3");
}

TYPED_TEST(StoreTest, ScanShowsOneMomentThoughItsVisitorWrites) {
  for (const char* key : {"a", "b", "c"}) this->put(key, "old");
  const auto rows = this->store().snapshot();
  RowList seen;
  ASSERT_TRUE(ok(rows->scan(Space::state, kAll, Direction::ascending,
                            [&](std::string_view key, std::string_view value) {
                              seen.emplace_back(key, value);
                              this->put("c", "new");
                              this->put("bb", "new");
                              return true;
                            })));
  EXPECT_EQ(seen, (RowList{{"a", "old"}, {"b", "old"}, {"c", "old"}}));
}

TYPED_TEST(StoreTest, KeysSortAsUnsignedBytesAndBoundsHoldInBothDirections) {
  const std::vector<std::string> keys = {"\0"s,  "\0\0"s,  "\0\xff"s, "\1",        "a",
                                         "a\0"s, "a\0\1"s, "a\xff",   "a\xff\xff", "b",
                                         "\x7f", "\x80",   "\xff",    "\xff\0"s,   "\xff\xff"};
  Model model;
  WriteSet changes;
  for (const std::string& key : keys) {
    model[key] = "value of " + key;
    changes.put(Space::state, key, model[key]);
  }
  ASSERT_TRUE(ok(this->store().write(changes)));
  const auto rows = this->store().snapshot();
  EXPECT_EQ(rows_between(model, kAll, Direction::ascending).size(), keys.size());
  std::vector<std::string> bounds = keys;
  bounds.insert(bounds.end(), {"", "a\0\0"s, "c", kEnd});
  for (const std::string& from : bounds) {
    for (const std::string& to : bounds) {
      if (to < from) continue;
      for (Direction direction : {Direction::ascending, Direction::descending}) {
        ASSERT_EQ(scanned(*rows, {from, to}, direction), rows_between(model, {from, to}, direction))
            << testing::PrintToString(from) << " to " << testing::PrintToString(to);
      }
    }
  }
  for (const std::string& key : keys) EXPECT_EQ(rows->get(Space::state, key).value(), model[key]);
}

TYPED_TEST(StoreTest, VisitorStopsTheScan) {
  for (const char* key : {"a", "b", "c", "d"}) this->put(key, key);
  for (Direction direction : {Direction::ascending, Direction::descending}) {
    std::string seen;
    ASSERT_TRUE(ok(this->store().snapshot()->scan(Space::state, kAll, direction,
                                                  [&](std::string_view key, std::string_view) {
                                                    seen += key;
                                                    return seen.size() < 2;
                                                  })));
    EXPECT_EQ(seen, direction == Direction::ascending ? "ab" : "dc");
  }
}

TYPED_TEST(StoreTest, FirstAndLastRowAreTheEdgesOfTheRange) {
  for (const char* key : {"a1", "b1", "b2", "b3", "c1"}) this->put(key, key);
  const auto rows = this->store().snapshot();
  EXPECT_EQ(first_row(*rows, Space::state, prefix_range("b")).value()->key, "b1");
  EXPECT_EQ(last_row(*rows, Space::state, prefix_range("b")).value()->key, "b3");
  EXPECT_EQ(last_row(*rows, Space::state, prefix_range("b")).value()->value, "b3");
  EXPECT_EQ(last_row(*rows, Space::state, {"a2", "b1"}).value(), std::nullopt);
  EXPECT_EQ(first_row(*rows, Space::log, kAll).value(), std::nullopt);
}

TYPED_TEST(StoreTest, DroppedRangeIsGoneAndItsBoundsHold) {
  for (const char* key : {"a", "b", "b\xff", "c", "d"}) this->put(key, key);
  this->put("b", "log", Space::log);
  ASSERT_TRUE(ok(this->store().drop(Space::state, {"b", "c"})));
  EXPECT_EQ(scanned(*this->store().snapshot(), kAll, Direction::ascending),
            (RowList{{"a", "a"}, {"c", "c"}, {"d", "d"}}));
  EXPECT_EQ(this->get("b", Space::log), "log");
  this->put("b", "again");
  EXPECT_EQ(this->get("b"), "again");
}

TYPED_TEST(StoreTest, RandomWritesAgreeWithASortedMap) {
  std::mt19937 random(11);
  const auto key = [&] {
    std::string made(1 + random() % 3, ' ');
    for (char& c : made) c = "\0\1ab\xfe\xff"[random() % 6];
    return made;
  };
  std::vector<std::pair<std::unique_ptr<RowReader>, Model>> moments;
  Model model;
  for (int round = 0; round < 120; ++round) {
    WriteSet changes;
    for (int i = 0; i < 10; ++i) {
      const std::string chosen = key();
      if (random() % 3 == 0) {
        changes.erase(Space::state, chosen);
        model.erase(chosen);
      } else {
        model[chosen] = std::to_string(random());
        changes.put(Space::state, chosen, model[chosen]);
      }
    }
    ASSERT_TRUE(ok(this->store().write(changes)));
    if (round % 10 == 0) moments.emplace_back(this->store().snapshot(), model);
  }
  for (const auto& [rows, then] : moments) {
    for (int i = 0; i < 20; ++i) {
      KeyRange range{key(), key()};
      if (range.to < range.from) std::swap(range.from, range.to);
      const auto direction = i % 2 == 0 ? Direction::ascending : Direction::descending;
      ASSERT_EQ(scanned(*rows, range, direction), rows_between(then, range, direction));
    }
  }
}

}  // namespace
}  // namespace purser::store_test
