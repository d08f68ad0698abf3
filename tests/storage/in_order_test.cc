#include "in_order.h"

#include <gtest/gtest.h>

#include <vector>

#include "storage/results.h"

namespace purser::in_order_test {
namespace {

// Gives 0 to `items` - 1.
InOrder<std::size_t>::Take numbers(std::size_t items) {
  return [items, next = std::size_t{0}]() mutable -> Result<std::optional<std::size_t>> {
    if (next == items) return std::optional<std::size_t>();
    return std::optional(next++);
  };
}

TEST(InOrder, EachItemIsWorkedOnOnceAndGivenInOrder) {
  for (const std::size_t items : {0u, 1u, 2u, 5000u}) {
    std::vector<int> worked(items);
    std::vector<std::size_t> given;  // unguarded: ThreadSanitizer would tell
    InOrder<std::size_t> all(
        numbers(items),
        [&](std::size_t& item) -> Status {
          ++worked[item];
          return {};
        },
        [&](std::size_t& item) -> Status {
          given.push_back(item);
          return {};
        });
    EXPECT_TRUE(ok(all.run(4)));
    EXPECT_EQ(worked, std::vector<int>(items, 1));
    ASSERT_EQ(given.size(), items);
    EXPECT_TRUE(std::is_sorted(given.begin(), given.end()));
  }
}

TEST(InOrder, OfSeveralErrorsThatOfTheFirstItemIsReturnedAndAllBeforeItWereGiven) {
  constexpr std::size_t kWrong = 700;
  for (int round = 0; round < 20; ++round) {
    std::size_t given = 0;
    InOrder<std::size_t> all(
        numbers(5000),
        [](std::size_t& item) -> Status {
          if (item < kWrong) return {};
          return InvalidArgument{std::to_string(item), "is wrong"};
        },
        [&](std::size_t&) -> Status {
          ++given;
          return {};
        });
    const Status status = all.run(4);
    ASSERT_FALSE(status);
    ASSERT_TRUE(status.error().is<InvalidArgument>());
    EXPECT_EQ(status.error().as<InvalidArgument>()->what, std::to_string(kWrong));
    EXPECT_EQ(given, kWrong);
  }
}

TEST(InOrder, ErrorOfTakingOrGivingEndsIt) {
  const auto nothing = [](std::size_t&) { return Status(); };
  int taken = 0;
  InOrder<std::size_t> of_taking(
      [&]() -> Result<std::optional<std::size_t>> {
        if (++taken == 100) return Cancelled{};
        return std::optional(std::size_t{1});
      },
      nothing, nothing);
  EXPECT_FALSE(of_taking.run(4));
  EXPECT_EQ(taken, 100);
  std::size_t given = 0;
  InOrder<std::size_t> of_giving(numbers(5000), nothing, [&](std::size_t&) -> Status {
    if (++given == 100) return Cancelled{};
    return {};
  });
  EXPECT_FALSE(of_giving.run(4));
  EXPECT_EQ(given, 100u);
}

}  // namespace
}  // namespace purser::in_order_test
