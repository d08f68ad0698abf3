// Write sets, what they look like laid over a Store, and ranges.
#include <gtest/gtest.h>

#include <random>

#include "storage/stores.h"

namespace purser {
namespace {

using namespace std::string_literals;

template <class Home>
class OverlayTest : public StoreTest<Home> {};
TYPED_TEST_SUITE(OverlayTest, Stores);

TYPED_TEST(OverlayTest, OverlayIsTheBaseAsIfTheChangesHadBeenWritten) {
  std::mt19937 random(23);
  const auto key = [&] {
    std::string made(1 + random() % 2, ' ');
    for (char& c : made) c = "\0abc\xff"[random() % 5];
    return made;
  };
  Model base;
  WriteSet first;
  for (int i = 0; i < 14; ++i) {
    const std::string chosen = key();
    base[chosen] = "base";
    first.put(Space::state, chosen, "base");
  }
  first.put(Space::log, "b", "another space");
  ASSERT_TRUE(ok(this->store().write(first)));
  const auto rows = this->store().snapshot();
  for (int round = 0; round < 400; ++round) {
    Model merged = base;
    WriteSet changes;
    for (unsigned i = random() % 12; i > 0; --i) {
      const std::string chosen = key();
      if (random() % 2 == 0) {
        changes.erase(Space::state, chosen);
        merged.erase(chosen);
      } else {
        changes.put(Space::state, chosen, "changed");
        merged[chosen] = "changed";
      }
    }
    changes.put(Space::log, key(), "another space");
    const Overlay overlay(*rows, changes);
    for (int i = 0; i < 12; ++i) {
      KeyRange range = i < 2 ? kAll : KeyRange{key(), key()};
      if (range.to < range.from) std::swap(range.from, range.to);
      const auto direction = i % 2 == 0 ? Direction::ascending : Direction::descending;
      const RowList expected = rows_between(merged, range, direction);
      ASSERT_EQ(scanned(overlay, range, direction), expected);

      const std::size_t stop_after = 1 + random() % 5;
      RowList seen;
      ASSERT_TRUE(ok(overlay.scan(Space::state, range, direction,
                                  [&](std::string_view name, std::string_view value) {
                                    seen.emplace_back(name, value);
                                    return seen.size() < stop_after;
                                  })));
      ASSERT_EQ(seen,
                RowList(expected.begin(),
                        expected.begin() + std::ptrdiff_t(std::min(stop_after, expected.size()))));
    }
    const std::string chosen = key();
    const auto found = overlay.get(Space::state, chosen).value();
    const auto model = merged.find(chosen);
    ASSERT_EQ(found, model == merged.end() ? std::nullopt : std::optional(model->second));
  }
}

TYPED_TEST(OverlayTest, OverlaysStandOnOneAnother) {
  this->put("a", "0");
  this->put("b", "0");
  const auto rows = this->store().snapshot();
  WriteSet lower;
  lower.put(Space::state, "a", "1");
  lower.erase(Space::state, "b");
  const Overlay one(*rows, lower);
  WriteSet upper;
  const Overlay two(one, upper);
  EXPECT_EQ(scanned(two, kAll, Direction::ascending), (RowList{{"a", "1"}}));
  upper.put(Space::state, "b", "2");  // it may grow while it is laid over
  upper.erase(Space::state, "a");
  EXPECT_EQ(scanned(two, kAll, Direction::ascending), (RowList{{"b", "2"}}));
  EXPECT_EQ(scanned(one, kAll, Direction::descending), (RowList{{"a", "1"}}));
}

TEST(WriteSet, LaterWordOnAKeyWins) {
  WriteSet changes;
  changes.put(Space::state, "k", "1");
  changes.put(Space::state, "k", "2");
  EXPECT_EQ(changes.rows().begin()->second, "2");
  changes.erase(Space::state, "k");
  EXPECT_EQ(changes.rows().begin()->second, std::nullopt);
  EXPECT_EQ(changes.rows().size(), 1u);
  changes.clear();
  EXPECT_TRUE(changes.empty());
}

TEST(WriteSet, MergedSetWins) {
  WriteSet changes;
  changes.put(Space::state, "mine", "1");
  changes.put(Space::state, "both", "1");
  changes.put(Space::state, "erased later", "1");
  changes.erase(Space::state, "put later");
  WriteSet later;
  later.put(Space::state, "both", "2");
  later.erase(Space::state, "erased later");
  later.put(Space::state, "put later", "2");
  later.put(Space::log, "mine", "2");
  changes.merge(std::move(later));

  std::map<std::string, std::optional<std::string>> state;
  for (const auto& [key, value] : changes.rows()) {
    if (key.space == Space::state) state[key.key] = value;
  }
  const std::map<std::string, std::optional<std::string>> expected = {
      {"mine", "1"}, {"both", "2"}, {"erased later", std::nullopt}, {"put later", "2"}};
  EXPECT_EQ(state, expected);
  EXPECT_EQ(changes.rows().size(), 5u);
  EXPECT_EQ(changes.rows().begin()->second, "2") << "the log comes first";
}

TEST(PrefixRange, HoldsExactlyTheKeysWithThePrefix) {
  EXPECT_EQ(prefix_range("ab").to, "ac");
  EXPECT_EQ(prefix_range("a\xff\xff").to, "b");
  EXPECT_EQ(prefix_range("\0"s).to, "\1");
  EXPECT_EQ(prefix_range("\x7f").to, "\x80");
  std::mt19937 random(3);
  const auto text = [&](std::size_t least) {
    std::string made(least + random() % 3, ' ');
    for (char& c : made) c = "\0a\xfe\xff"[random() % 4];
    return made;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string prefix = "p" + text(0);
    const std::string key = "p" + text(0);
    const KeyRange range = prefix_range(prefix);
    ASSERT_EQ(range.from <= key && key < range.to, key.starts_with(prefix));
  }
}

TEST(PrefixRangeDeathTest, NothingFollowsThesePrefixes) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH((void)prefix_range(""), "no key follows");
  EXPECT_DEATH((void)prefix_range("\xff\xff"), "no key follows");
}

}  // namespace
}  // namespace purser
