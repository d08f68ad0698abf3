#include "helpers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace purser::helpers_test {
namespace {

TEST(Helpers, WhatIsGivenIsDoneOnceByTheTimeTheyAreDestroyed) {
  for (const std::size_t threads : {0, 1, 3}) {
    std::vector<std::atomic<int>> done(1000);
    {
      Helpers helpers(threads);
      for (std::atomic<int>& one : done) {
        helpers.add([&one] { ++one; });
        helpers.relieve();
      }
    }
    for (const std::atomic<int>& one : done) EXPECT_EQ(one, 1);
  }
}

TEST(Helpers, FinishLeavesNothingInTheLine) {
  std::atomic<int> done = 0;
  Helpers helpers(0);
  for (int i = 0; i < 3; ++i) helpers.add([&] { ++done; });
  helpers.finish();
  EXPECT_EQ(done, 3);
  helpers.finish();
}

TEST(Helpers, AnyThreadMayAdd) {
  std::atomic<int> done = 0;
  {
    Helpers helpers(2);
    std::vector<std::thread> givers;
    for (int i = 0; i < 4; ++i) {
      givers.emplace_back([&] {
        for (int k = 0; k < 500; ++k) {
          helpers.add([&] { ++done; });
          helpers.relieve();
        }
        helpers.finish();
      });
    }
    for (std::thread& giver : givers) giver.join();
  }
  EXPECT_EQ(done, 2000);
}

}  // namespace
}  // namespace purser::helpers_test
