// The Stores, to run one suite over each of them, and what a scan of one must show.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "memory_store.h"
#include "rocks_store.h"
#include "storage/results.h"
#include "storage/scratch.h"

namespace purser {

using RowList = std::vector<std::pair<std::string, std::string>>;
using Model = std::map<std::string, std::string>;

/// A home for each kind of Store.
struct InMemory {
  std::unique_ptr<Store> store = std::make_unique<MemoryStore>();
};
struct InRocks {
  Scratch scratch;
  std::unique_ptr<Store> store;
  InRocks() {
    const std::string path = scratch / "db";
    EXPECT_TRUE(ok(RocksStore::create(path)));
    store = RocksStore::open(path, RocksStore::Mode::read_write, 1 << 20).value();
  }
};

/// The rows that a scan visits, in its order.
inline RowList scanned(const RowReader& rows, const KeyRange& range, Direction direction,
                       Space space = Space::state) {
  RowList found;
  EXPECT_TRUE(
      ok(rows.scan(space, range, direction, [&](std::string_view key, std::string_view value) {
        found.emplace_back(key, value);
        return true;
      })));
  return found;
}

/// The rows that it should visit.
inline RowList rows_between(const Model& model, const KeyRange& range, Direction direction) {
  RowList found(model.lower_bound(range.from), model.lower_bound(range.to));
  if (direction == Direction::descending) std::reverse(found.begin(), found.end());
  return found;
}

/// Greater than every key of these tests.
inline const std::string kEnd(10, '\xff');
inline const KeyRange kAll{"", kEnd};

template <class Home>
class StoreTest : public testing::Test {
 protected:
  Store& store() { return *home_.store; }
  void put(std::string key, std::string value, Space space = Space::state) {
    WriteSet changes;
    changes.put(space, std::move(key), std::move(value));
    ASSERT_TRUE(ok(store().write(changes)));
  }
  std::optional<std::string> get(std::string_view key, Space space = Space::state) {
    return store().snapshot()->get(space, key).value();
  }

 private:
  Home home_;
};
using Stores = testing::Types<InMemory, InRocks>;

}  // namespace purser
