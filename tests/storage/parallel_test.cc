#include "parallel.h"

#include <gtest/gtest.h>

#include <atomic>

#include "storage/results.h"

namespace purser::parallel_test {
namespace {

TEST(TwoSteps, FirstStepIsInOrderByOneAtATimeAndEachItemGetsBothOnce) {
  for (const std::size_t items : {0u, 1u, 2u, 1000u}) {
    std::vector<std::size_t> firsts;  // unguarded: ThreadSanitizer would tell
    std::vector<int> seconds(items);
    std::atomic<std::size_t> done = 0;
    std::size_t ahead = 0;
    TwoSteps steps(
        items,
        [&](std::size_t item) -> Status {
          firsts.push_back(item);
          ahead = std::max(ahead, firsts.size() - done);
          return {};
        },
        [&](std::size_t item) -> Status {
          ++seconds[item];
          ++done;
          return {};
        });
    EXPECT_TRUE(ok(steps.run()));
    ASSERT_EQ(firsts.size(), items);
    EXPECT_TRUE(std::is_sorted(firsts.begin(), firsts.end()));
    EXPECT_EQ(seconds, std::vector<int>(items, 1));
    EXPECT_LE(ahead, TwoSteps::kAheadMax + kWorkersMax);
  }
}

TEST(TwoSteps, ErrorOfEitherStepEndsAllAndIsReturned) {
  for (const bool in_first : {true, false}) {
    std::atomic<int> done = 0;
    const auto step = [&](bool fails) {
      return [&, fails](std::size_t item) -> Status {
        if (fails && item == 100) return Cancelled{};
        ++done;
        return {};
      };
    };
    TwoSteps steps(10'000, step(in_first), step(!in_first));
    EXPECT_TRUE(fails_with<Cancelled>(steps.run()));
    EXPECT_LT(done, 1000);
  }
}

}  // namespace
}  // namespace purser::parallel_test
