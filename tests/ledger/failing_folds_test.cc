// Folds of users that go wrong: they stop their projection, and no command.
#include <gtest/gtest.h>

#include <stdexcept>

#include "support/counting_projection.h"

namespace purser::failing_folds_test {
namespace {

// What a fold does that goes wrong, at the event at position 5.
class FailingFold : public testing::TestWithParam<int> {
 protected:
  static Status go_wrong(int how, FoldRows& rows) {
    switch (how) {
      case 0: return InvalidArgument{"event", "not liked"};
      case 1: throw std::runtime_error("thrown");
      case 2: throw 7;  // NOLINT: whatever a fold throws
      case 3: (void)rows.put("", "no key"); return {};
      case 4: (void)rows.put(std::string(kProjectionKeyBytesMax + 1, 'k'), ""); return {};
      case 5: (void)rows.put("k", std::string(kFoldBytesMax, 'v')); return {};
      default:
        for (std::size_t i = 0; i <= kFoldBytesMax / 2; ++i) (void)rows.erase("kk");
        return {};
    }
  }
  static UserProjection failing(int how) {
    return {"failing", 1,
            [how](const Event& event, FoldRows& rows) -> Status {
              const Status counted = count_event(event, rows);
              return counted && event.position == Position{5} ? go_wrong(how, rows) : counted;
            },
            false};
  }
};
INSTANTIATE_TEST_SUITE_P(Ways, FailingFold, testing::Range(0, 7));

TEST_P(FailingFold, StopsItsProjectionInFrontOfTheEventAndNothingElse) {
  TestLedger ledger(Where::memory, with_projections({failing(GetParam()), counting()}));
  std::vector<Command> commands(7, Create{"a", {}});
  must(ledger->apply(commands));
  EXPECT_EQ(counted(*ledger, "failing"), Position{4});
  EXPECT_EQ(counted(*ledger), Position{7});
  const UserProjectionStats stats = stats_of(*ledger, "failing");
  EXPECT_EQ(stats.cursor, Position{4});
  EXPECT_TRUE(stats.has_code);
  ASSERT_TRUE(stats.failure.has_value());
  EXPECT_NE(stats.failure->find("event 5"), std::string::npos) << *stats.failure;
  EXPECT_EQ(must(ledger->stats()).complaints.size(), 1u);
  promoted(*ledger, "a");
  EXPECT_EQ(counted(*ledger, "failing"), Position{4});
  EXPECT_EQ(counted(*ledger), Position{10});
  (void)failure_of<InvalidArgument>(ledger->rebuild_projection("failing"));
  EXPECT_EQ(counted(*ledger, "failing"), Position{4});
  const VerifyReport report = must(ledger->verify());
  EXPECT_TRUE(report.is_whole());
  EXPECT_TRUE(report.unchecked.empty());
}

TEST(FailingFolds, MayUseAllThatTheLimitsAllow) {
  const auto fold = [](const Event&, FoldRows& rows) -> Status {
    const std::string key(kProjectionKeyBytesMax, 'k');
    return rows.put(key, std::string(kFoldBytesMax - kProjectionKeyBytesMax, 'v'));
  };
  TestLedger ledger(Where::memory, with_projections({{"large", 1, fold, false}}));
  create(*ledger);
  EXPECT_EQ(stats_of(*ledger, "large").failure, std::nullopt);
  EXPECT_EQ(rows_of(*ledger, "large").size(), 1u);
}

}  // namespace
}  // namespace purser::failing_folds_test
