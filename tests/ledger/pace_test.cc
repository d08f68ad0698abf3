// A copy beside who writes to the ledger.
#include "pace.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "support/ledger_on_disk.h"

namespace purser::pace_test {
namespace {

class PaceOfACopy : public LedgerOnDisk {
 protected:
  // A copy of so many bytes, and how long it then has rested in all.
  std::size_t rests_after(std::uint64_t bytes) {
    pace_.copied(bytes);
    return rests_.size();
  }

  std::vector<Pace::Clock::duration> rests_;
  Pace pace_{ledger.directory(), [&](Pace::Clock::duration time) { rests_.push_back(time); }};
};

TEST_F(PaceOfACopy, RestsWhileTheLogGrowsAndNotOtherwise) {
  constexpr std::uint64_t kOnce = kBurstBytes;
  EXPECT_EQ(rests_after(kOnce), 0u);  // nobody is known to write
  EXPECT_EQ(rests_after(kOnce), 0u);
  create(*ledger);
  EXPECT_EQ(rests_after(kOnce - 1), 0u);
  EXPECT_EQ(rests_after(1), 1u);
  EXPECT_EQ(rests_after(kOnce), 1u);
  create(*ledger);
  EXPECT_EQ(rests_after(kOnce), 2u);
  ledger.close();
  EXPECT_EQ(rests_after(kOnce), 2u);
}

TEST_F(PaceOfACopy, RestsTwiceAsLongAsItWorkedButNotAsLongAsADiskStalls) {
  rests_after(kBurstBytes);
  create(*ledger);
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  rests_after(kBurstBytes);
  create(*ledger);
  std::this_thread::sleep_for(Pace::kRestMax * 3 / 5);
  rests_after(kBurstBytes);
  ASSERT_EQ(rests_.size(), 2u);
  EXPECT_GE(rests_.front(), std::chrono::milliseconds(6));
  EXPECT_EQ(rests_.back(), Pace::kRestMax);
}

}  // namespace
}  // namespace purser::pace_test
