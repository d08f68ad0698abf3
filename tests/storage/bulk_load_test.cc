// What every Store's bulk load must do.
#include "bulk_load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "posix.h"
#include "storage/stores.h"
#include "unique_fd.h"

namespace purser::bulk_load_test {
namespace {

template <class Home>
class BulkLoadTest : public StoreTest<Home> {
 protected:
  std::unique_ptr<BulkLoad> begun() { return this->store().begin_load(Space::state).value(); }
  // Rows `first` to `last`, through a sink of their own.
  static Status add(BulkLoad& load, int first, int last, const std::string& value = "v") {
    const auto sink = load.sink();
    if (!sink) return sink.error();
    for (int i = first; i <= last; ++i) {
      if (Status added = (*sink)->add(key(i), value); !added) return added;
    }
    return (*sink)->finish();
  }
  static std::string key(int number) {
    return std::string("row") + std::to_string(1'000'000 + number);
  }
  RowList rows() { return scanned(*this->store().snapshot(), kAll, Direction::ascending); }
};
TYPED_TEST_SUITE(BulkLoadTest, Stores);

TYPED_TEST(BulkLoadTest, ShowsAllRowsAtItsEndAndNoneBefore) {
  this->put("a", "before");
  this->put("z", "behind");
  const auto load = this->begun();
  ASSERT_TRUE(ok(this->add(*load, 1, 3)));
  EXPECT_EQ(this->rows().size(), 2u);
  const auto before = this->store().snapshot();
  ASSERT_TRUE(ok(load->finish()));
  EXPECT_EQ(this->rows(), (RowList{{"a", "before"},
                                   {"row1000001", "v"},
                                   {"row1000002", "v"},
                                   {"row1000003", "v"},
                                   {"z", "behind"}}));
  EXPECT_EQ(this->get("row1000002"), "v");
  EXPECT_EQ(scanned(*before, kAll, Direction::ascending).size(), 2u);
}

TYPED_TEST(BulkLoadTest, TakesRowsOfSeveralSinksBesideEachOther) {
  const auto load = this->begun();
  std::vector<std::thread> threads;
  for (int part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      EXPECT_TRUE(ok(this->add(*load, part * 5000, part * 5000 + 4999, std::string(100, 'x'))));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(ok(load->finish()));
  EXPECT_EQ(this->rows().size(), 20'000u);
}

TYPED_TEST(BulkLoadTest, WithoutItsEndLeavesNothing) {
  {
    const auto load = this->begun();
    ASSERT_TRUE(ok(this->add(*load, 1, 3)));
  }
  EXPECT_EQ(this->rows(), RowList());
}

TYPED_TEST(BulkLoadTest, LeavesASinkOutThatWasNotFinished) {
  const auto load = this->begun();
  ASSERT_TRUE(ok(this->add(*load, 1, 1)));
  {
    const auto sink = load->sink().value();
    ASSERT_TRUE(ok(sink->add(this->key(2), "v")));
  }
  ASSERT_TRUE(ok(load->finish()));
  EXPECT_EQ(this->rows().size(), 1u);
}

TYPED_TEST(BulkLoadTest, OfNoRowsIsFine) {
  const auto load = this->begun();
  ASSERT_TRUE(ok(this->add(*load, 1, 0)));
  EXPECT_TRUE(ok(load->finish()));
  EXPECT_EQ(this->rows(), RowList());
}

TYPED_TEST(BulkLoadTest, TakesTheSameKeysAgainAfterTheyWereDropped) {
  for (const std::string value : {"1", "2", "3"}) {
    const auto load = this->begun();
    ASSERT_TRUE(ok(this->add(*load, 1, 100, value)));
    ASSERT_TRUE(ok(load->finish()));
    EXPECT_EQ(this->rows().size(), 100u);
    EXPECT_EQ(this->get(this->key(50)), value);
    ASSERT_TRUE(ok(this->store().drop(Space::state, {"r", "s"})));
    EXPECT_EQ(this->rows(), RowList());
    this->put("row", "written in between");
    EXPECT_EQ(this->rows().size(), 1u);
    ASSERT_TRUE(ok(this->store().drop(Space::state, {"r", "s"})));
  }
}

TYPED_TEST(BulkLoadTest, GivesScratchFilesThatAreEmptyAndApart) {
  const auto load = this->begun();
  const UniqueFd one = load->scratch_file().value();
  const UniqueFd other = load->scratch_file().value();
  ASSERT_TRUE(ok(write_all(one.get(), "bytes", "scratch file")));
  char buffer[16];
  EXPECT_EQ(::pread(one.get(), buffer, sizeof buffer, 0), 5);
  EXPECT_EQ(std::string(buffer, 5), "bytes");
  EXPECT_EQ(::pread(other.get(), buffer, sizeof buffer, 0), 0);
}

}  // namespace
}  // namespace purser::bulk_load_test
