// Write sets, what they look like laid over a Store, and ranges.
#include <gtest/gtest.h>

#include <random>

#include "storage/stores.h"

namespace purser::overlay_test {
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

TEST(WriteSet, LaterWordOnAKeyCounts) {
  WriteSet changes;
  EXPECT_EQ(changes.find(Space::state, "k"), nullptr);
  changes.put(Space::state, "k", "1");
  EXPECT_EQ(changes.find(Space::state, "k")->value, "1");
  changes.put(Space::state, "k", "2");
  EXPECT_EQ(changes.find(Space::state, "k")->value, "2");
  changes.erase(Space::state, "k");
  EXPECT_EQ(changes.find(Space::state, "k")->value, std::nullopt);
  EXPECT_EQ(changes.find(Space::log, "k"), nullptr);
  EXPECT_EQ(changes.find(Space::state, "kk"), nullptr);
  changes.clear();
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(changes.find(Space::state, "k"), nullptr);
}

TYPED_TEST(OverlayTest, WritingAKeyTwiceInOneSetLeavesTheLastWord) {
  WriteSet changes;
  changes.put(Space::state, "a", "1");
  changes.put(Space::state, "b", "1");
  changes.erase(Space::state, "a");
  changes.put(Space::state, "b", "2");
  ASSERT_TRUE(ok(this->store().write(changes)));
  EXPECT_EQ(scanned(*this->store().snapshot(), kAll, Direction::ascending), (RowList{{"b", "2"}}));
}

TYPED_TEST(OverlayTest, ErasingWhatWasPutOnceErasesIt) {
  this->put("a", "1");
  this->put("b", "1");
  WriteSet changes;
  changes.erase_once(Space::state, "a");
  changes.put(Space::state, "c", "1");
  changes.erase_once(Space::state, "c");
  ASSERT_TRUE(ok(this->store().write(changes)));
  EXPECT_EQ(scanned(*this->store().snapshot(), kAll, Direction::ascending), (RowList{{"b", "1"}}));
}

// Against a list of the changes that are left: find and within, between puts, appends and
// truncations.
TEST(WriteSet, TruncatingForgetsExactlyWhatCameLater) {
  std::mt19937 random(29);
  const auto key = [&] { return std::string(1 + random() % 2, "abc"[random() % 3]); };
  for (int round = 0; round < 300; ++round) {
    WriteSet changes;
    std::vector<std::pair<std::string, std::string>> left;
    for (int i = 0; i < 30; ++i) {
      const std::string value = std::to_string(i);
      if (const unsigned what = random() % 8; what == 0) {
        const std::size_t size = random() % (left.size() + 1);
        changes.truncate(size);
        left.resize(size);
      } else if (what == 1) {
        WriteSet later;
        for (const std::string& name : {key(), key()}) {
          later.put(Space::state, name, value);
          left.emplace_back(name, value);
        }
        changes.append(std::move(later));
      } else {
        left.emplace_back(key(), value);
        changes.put(Space::state, left.back().first, value);
      }
      if (random() % 3 == 0) continue;  // it may lie unsorted for a while
      const Model model = [&] {
        Model last;
        for (const auto& [name, word] : left) last[name] = word;
        return last;
      }();
      RowList seen;
      for (const auto* change : changes.within(Space::state, kAll)) {
        seen.emplace_back(change->key, change->value.value());
      }
      ASSERT_EQ(seen, rows_between(model, kAll, Direction::ascending));
    }
    ASSERT_EQ(changes.size(), left.size());
  }
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
}  // namespace purser::overlay_test
