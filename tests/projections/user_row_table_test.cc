// A table of rows over what is stored, beside a plain map: whatever is put and erased, however it
// is grouped, and however little is kept.
#include "user_row_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "memory_store.h"
#include "storage/results.h"
#include "user_folding.h"

namespace purser::user_row_table_test {
namespace {

using Model = std::map<std::string, std::string>;

std::string random_key(std::mt19937& random) {
  std::string key(1 + random() % 2, '\0');
  for (char& c : key) c = "\0a\xff"[random() % 3];
  return key;
}

class RandomFold {
 public:
  RandomFold(std::uint32_t seed, std::size_t memory_bytes)
      : random_(seed), folding_(projection_, named(), memory_bytes) {}

  // A group of events, written as the commit does: the next begins before it is stored.
  void group() {
    const auto stored = store_.snapshot();
    if (!written_.empty()) {
      ASSERT_TRUE(ok(store_.write(written_)));
      written_.clear();
    }
    folding_.begin_group(stored.get());
    for (std::uint64_t events = 1 + random_() % 4; events > 0; --events) {
      Event event;
      event.position = Position{++position_};
      folding_.fold(event);
      ASSERT_FALSE(folding_.failure().has_value());
    }
    folding_.end_group(written_);
  }

  // What is stored in the end is the model, as of the last position and as of the write before.
  void check() {
    const Model last = model_;
    const Position position{position_};
    const Model before = model_;
    ASSERT_TRUE(ok(store_.write(written_)));
    written_.clear();
    EXPECT_EQ(stored_as_of(position), last);
    group();
    ASSERT_TRUE(ok(store_.write(written_)));
    written_.clear();
    EXPECT_EQ(stored_as_of(position), before) << "what the write before showed is gone";
    EXPECT_EQ(stored_as_of(Position{position_}), model_);
    EXPECT_EQ(folding_.table().rows_more(), static_cast<std::int64_t>(model_.size()));
    expect_few_versions();
  }

 private:
  static UserBuild named() {
    UserBuild build;
    build.name = {"p", 1};
    return build;
  }

  Status fold(FoldRows& rows) {
    for (std::uint32_t steps = random_() % 4; steps > 0; --steps) {
      const std::string key = random_key(random_);
      const auto found = *rows.get(key);
      EXPECT_EQ(found.value_or("-"), model_.contains(key) ? model_[key] : "-");
      if (random_() % 3 == 0) {
        model_.erase(key);
        EXPECT_TRUE(ok(rows.erase(key)));
      } else {
        model_[key] = std::to_string(random_());
        EXPECT_TRUE(ok(rows.put(key, model_[key])));
      }
    }
    const std::string from = random_key(random_);
    const std::string to = random_() % 2 == 0 ? std::string() : random_key(random_);
    Model seen;
    EXPECT_TRUE(ok(rows.scan(from, to, [&](std::string_view key, std::string_view value) {
      seen.emplace(key, value);
      return true;
    })));
    Model expected;
    for (const auto& [key, value] : model_) {
      if (key >= from && (to.empty() || key < to)) expected.emplace(key, value);
    }
    EXPECT_EQ(seen, expected);
    return {};
  }

  Model stored_as_of(Position position) {
    Model rows;
    const auto snapshot = store_.snapshot();
    EXPECT_TRUE(ok(StoredUserRows(*snapshot, {"p", 1}, position)
                       .scan({}, {}, [&](std::string_view key, std::string_view value) {
                         rows.emplace(key, value);
                         return true;
                       })));
    return rows;
  }

  void expect_few_versions() {
    std::map<std::string, int> versions;
    EXPECT_TRUE(ok(store_.snapshot()->scan(Space::state, range_of_user_rows({"p", 1}, {}, {}),
                                           Direction::ascending,
                                           [&](std::string_view stored, std::string_view) {
                                             ++versions[parse_user_row_key({"p", 1}, stored)->key];
                                             return true;
                                           })));
    for (const auto& [key, count] : versions) EXPECT_LE(count, 2) << key;
  }

  std::mt19937 random_;
  Model model_;
  UserProjection projection_{"p", 1, [this](const Event&, FoldRows& rows) { return fold(rows); },
                             false};
  MemoryStore store_;
  UserFolding folding_;
  WriteSet written_;
  std::uint64_t position_ = 0;
};

TEST(UserRowTable, SaysWhatAMapSays) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    RandomFold fold(seed, seed % 2 == 0 ? 0 : std::size_t{1} << 20);
    for (int groups = 0; groups < 30; ++groups) fold.group();
    fold.check();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace purser::user_row_table_test
