// Sorting rows, in memory and through files.
#include "row_sorter.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "gathered_load.h"
#include "memory_store.h"
#include "merged_rows.h"
#include "storage/results.h"

namespace purser::row_sorter_test {
namespace {

using Model = std::map<std::string, std::pair<std::string, bool>>;

// All rows of a stream, which must ascend.
Model drained(RowStream& rows) {
  Model found;
  while (true) {
    const auto more = rows.next();
    EXPECT_TRUE(ok(more));
    if (!more || !*more) return found;
    const PassingRow& row = rows.row();
    EXPECT_TRUE(found.empty() || found.rbegin()->first < row.key);
    found[std::string(row.key)] = {std::string(row.value), row.is_event};
  }
}

// Keys as they come, and keys made to be hard: long common beginnings, ends in zeros, equal ones.
std::string random_key(std::mt19937& random) {
  switch (random() % 5) {
    case 0:
      return "project:" + std::to_string(random() % 100) + '\0' + std::to_string(random() % 100);
    case 1: return std::string(random() % 40, '\0');
    case 2:
      return "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + std::to_string(random() % 1000);
    case 3: return std::string(random() % 20, 'a') + std::string(random() % 10, '\0');
    default: {
      std::string key(random() % 24, ' ');
      for (char& byte : key) byte = "\0\1a\x7f\x80\xff"[random() % 6];
      return key;
    }
  }
}

TEST(RowRun, IsSortedByUnsignedBytesAndTheLastOfEqualKeysStays) {
  std::mt19937 random(3);
  for (const int rows : {0, 1, 2, 9, 100, 20'000}) {
    RowRun run(2);
    Model models[2];
    for (int i = 0; i < rows; ++i) {
      const std::string key = random_key(random);
      const std::string value = std::to_string(i) + std::string(random() % 50, 'v');
      const bool is_event = i % 7 == 0;
      const std::size_t table = random() % 2;
      run.add(table, {key, value, is_event});
      models[table][key] = {value, is_event};
    }
    run.sort();
    for (const std::size_t table : {0, 1})
      EXPECT_TRUE(drained(*run.stream(table)) == models[table]);
  }
}

TEST(RowRun, TakesRowsOfAnySizeThatThereIs) {
  RowRun run(1);
  Model model;
  for (const std::size_t size : {0, 1, 100'000, 200'000, 7, 262'000, 5}) {
    const std::string key = "k" + std::to_string(size);
    model[key] = {std::string(size, 'x'), false};
    run.add(0, {key, model[key].first, false});
  }
  run.sort();
  EXPECT_TRUE(drained(*run.stream(0)) == model);
}

TEST(RunFile, GivesBackWhatWasWrittenWhateverTheBuffer) {
  MemoryStore store;
  GatheredLoad load(store, Space::state);
  RowRun run(3);
  Model model;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key" + std::to_string(i);
    model[key] = {std::string(i % 10 == 0 ? 5000 : i % 50, 'x'), i % 3 == 0};
    run.add(i < 500 ? 0 : 2, {key, model[key].first, i % 3 == 0});
  }
  run.sort();
  const auto streams = [&](std::size_t table) -> Result<std::unique_ptr<RowStream>> {
    return run.stream(table);
  };
  const auto file = RunFile::write(*load.scratch_file(), 3, streams);
  ASSERT_TRUE(ok(file));
  for (const std::size_t buffer_bytes : {1, 8, 100, 4096, 1 << 20}) {
    Model found;
    for (const std::size_t table : {0, 1, 2}) {
      Model part = drained(*file->stream(table, buffer_bytes));
      EXPECT_EQ(part.size(), table == 1 ? 0u : 500u);
      found.merge(part);
    }
    EXPECT_TRUE(found == model);
  }
}

class SorterTest : public testing::Test {
 protected:
  // Rows of two tables, `rows` in all, through a sorter with so much memory.
  void expect_sorted(int rows, std::size_t memory_bytes) {
    RowSorter sorter(
        load, 2, memory_bytes, [] { return true; }, stop);
    std::mt19937 random(5);
    Model models[2];
    for (int i = 0; i < rows; ++i) {
      const std::string key = random_key(random) + std::to_string(random() % (rows / 2 + 1));
      const std::string value = std::to_string(i) + std::string(random() % 200, 'v');
      const std::size_t table = random() % 2;
      ASSERT_TRUE(ok(sorter.add(table, {key, value, i % 2 == 0})));
      models[table][key] = {value, i % 2 == 0};
    }
    ASSERT_TRUE(ok(sorter.finish()));
    EXPECT_EQ(sorter.rows_added(), static_cast<std::uint64_t>(rows));
    for (const std::size_t table : {0, 1}) {
      EXPECT_TRUE(drained(*sorter.sorted(table)) == models[table]);
      EXPECT_TRUE(drained(*sorter.sorted(table)) == models[table]);  // as often as one likes
    }
  }

  MemoryStore store;
  GatheredLoad load{store, Space::state};
  std::atomic<bool> stop = false;
};

TEST_F(SorterTest, SortsWhatMemoryHolds) { expect_sorted(10'000, 64u << 20); }

// About seventy runs: files of them are merged, and merged files again.
TEST_F(SorterTest, SortsManyTimesWhatMemoryHolds) { expect_sorted(150'000, 1u << 20); }

TEST_F(SorterTest, EndsWithCancelledWhenToldWhileItWaits) {
  RowSorter sorter(
      load, 1, 1u << 20, [] { return false; }, stop);
  const std::string value(1000, 'v');
  Status status;
  for (int i = 0; i < 1'000'000 && status; ++i) {
    status = sorter.add(0, {std::to_string(i * 7919 % 1'000'000), value, false});
  }
  if (status) status = sorter.finish();
  EXPECT_TRUE(fails_with<Cancelled>(status));
}

TEST_F(SorterTest, StreamsEndWithCancelledOnceStopped) {
  RowSorter sorter(
      load, 1, 1u << 20, [] { return true; }, stop);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(ok(sorter.add(0, {std::to_string(i), "v", false})));
  ASSERT_TRUE(ok(sorter.finish()));
  const auto rows = sorter.sorted(0);
  EXPECT_TRUE(*rows->next());
  stop = true;
  EXPECT_TRUE(fails_with<Cancelled>(rows->next()));
}

}  // namespace
}  // namespace purser::row_sorter_test
