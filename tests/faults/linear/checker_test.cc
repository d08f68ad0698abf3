// The two checkers on histories made by hand: what is wrong must be refused, what is right taken.
#include <gtest/gtest.h>

#include "faults/linear/search.h"
#include "faults/linear/witness.h"

namespace purser::linear {
namespace {

// Histories in short: who, when, and what was answered.
class Written {
 public:
  Operation& add(unsigned asker, std::int64_t begin_ns, std::int64_t end_ns, Operation operation) {
    operation.asker = static_cast<std::uint8_t>(asker);
    operation.begin_ns = begin_ns;
    operation.end_ns = end_ns;
    history_.resize(kAskers);
    return history_[asker].emplace_back(operation);
  }
  // A promotion to `deployment` that says that `previous` was active before.
  Operation& promote(unsigned asker, std::int64_t begin_ns, std::int64_t end_ns,
                     std::uint32_t deployment, std::uint32_t generation, std::uint32_t previous) {
    Operation o;
    o.verb = Verb::promote;
    o.outcome = Outcome::moved;
    o.asked = o.active = deployment;
    o.generation = generation;
    o.previous = previous;
    o.position = ++position_;
    return add(asker, begin_ns, end_ns, o);
  }
  Operation& rollback(unsigned asker, std::int64_t begin_ns, std::int64_t end_ns,
                      std::uint32_t deployment, std::uint32_t generation, std::uint32_t previous) {
    Operation& o = promote(asker, begin_ns, end_ns, deployment, generation, previous);
    o.verb = Verb::rollback;
    o.asked = 0;
    return o;
  }
  Operation& active(unsigned asker, std::int64_t begin_ns, std::int64_t end_ns,
                    std::uint32_t deployment) {
    Operation o;
    o.active = deployment;
    return add(asker, begin_ns, end_ns, o);
  }
  Operation& pointer(unsigned asker, std::int64_t begin_ns, std::int64_t end_ns,
                     std::uint32_t deployment, std::uint32_t generation, std::uint64_t position) {
    Operation o;
    o.verb = Verb::pointer;
    o.active = deployment;
    o.generation = generation;
    o.position = position;
    return add(asker, begin_ns, end_ns, o);
  }
  Operation& conflict(unsigned asker, std::int64_t begin_ns, std::int64_t end_ns,
                      std::uint32_t deployment, std::uint32_t expect, std::uint32_t actual) {
    Operation o;
    o.verb = Verb::promote;
    o.outcome = Outcome::conflict;
    o.asked = deployment;
    o.expect = expect;
    o.generation = actual;
    return add(asker, begin_ns, end_ns, o);
  }
  // A promotion of which nobody heard.
  Operation& pending(unsigned asker, std::int64_t begin_ns, std::uint32_t deployment) {
    Operation o;
    o.verb = Verb::promote;
    o.outcome = Outcome::pending;
    o.asked = deployment;
    return add(asker, begin_ns, kNever, o);
  }

  [[nodiscard]] std::string by_position() const { return Witness().check(history_); }
  [[nodiscard]] std::string by_search() const { return Search().check(history_); }

 private:
  History history_;
  std::uint64_t position_ = 0;
};

void expect_refused(const Written& history) {
  EXPECT_NE(history.by_position(), "");
  EXPECT_NE(history.by_search(), "");
}
void expect_taken(const Written& history) {
  EXPECT_EQ(history.by_position(), "");
  EXPECT_EQ(history.by_search(), "");
}

TEST(Refused, AReadOfWhatWasOverBeforeItBegan) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1);
  history.active(1, 50, 60, 1);
  expect_refused(history);
}

TEST(Refused, APointerThatIsShownAsItWasBefore) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1);
  history.pointer(1, 50, 60, 1, 1, 1);
  expect_refused(history);
}

TEST(Refused, ALostUpdate) {
  Written history;  // both found the pointer where it began
  history.promote(0, 10, 30, 1, 1, 0);
  history.promote(1, 10, 30, 2, 1, 0);
  history.active(0, 40, 50, 2);
  expect_refused(history);
}

TEST(Refused, TwoPromotersWhoAreBothToldTheSamePrevious) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(1, 30, 60, 2, 2, 1);
  history.promote(2, 30, 60, 3, 3, 1);
  expect_refused(history);
}

TEST(Refused, ReadsThatGoBackwardsWhileAPromotionIsUnderWay) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 90, 2, 2, 1);
  history.active(1, 40, 45, 2);
  history.active(2, 50, 55, 1);
  expect_refused(history);
}

TEST(Refused, APromotionThatWasAcknowledgedAndIsNeverVisible) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.active(1, 30, 40, 0);
  history.active(2, 50, 60, 0);
  expect_refused(history);
}

TEST(Refused, WhatIsVisibleBeforeAnybodyAskedForIt) {
  Written history;
  history.active(1, 10, 20, 1);
  history.promote(0, 30, 40, 1, 1, 0);
  expect_refused(history);
}

TEST(Refused, AnExpectationThatShouldHaveFailed) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1);
  history.promote(1, 50, 60, 3, 3, 2).expect = 1;
  expect_refused(history);
}

TEST(Refused, AnExpectationThatShouldHaveHeld) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.conflict(1, 30, 40, 2, 1, 1);
  expect_refused(history);
}

TEST(Refused, AConflictWithAGenerationThatWasOver) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1);
  history.conflict(1, 50, 60, 3, 7, 1);
  expect_refused(history);
}

TEST(Refused, AnOrderThatIsNotThatOfTime) {
  Written history;  // the second ended before the first began
  history.promote(0, 50, 60, 1, 1, 0);
  history.promote(1, 10, 20, 2, 2, 1);
  expect_refused(history);
}

TEST(Refused, ARollbackToSomethingElse) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1);
  history.promote(0, 50, 60, 3, 3, 2);
  history.rollback(0, 70, 80, 1, 4, 3);
  expect_refused(history);
}

TEST(Refused, ARollbackThatTogglesInsteadOfGoingFurtherBack) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1);
  history.rollback(0, 50, 60, 1, 3, 2);
  history.rollback(0, 70, 80, 2, 4, 1);
  expect_refused(history);
}

TEST(Refused, ARollbackThatFoundNothingAlthoughThereWasSomething) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1);
  Operation o;
  o.verb = Verb::rollback;
  o.outcome = Outcome::no_previous;
  history.add(1, 50, 60, o);
  expect_refused(history);
}

TEST(Refused, APendingOperationThatTookEffectAndIsGoneAgain) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  Operation& unknown = history.pending(1, 30, 2);
  history.active(2, 40, 50, 2);
  history.active(2, 60, 70, 1);
  EXPECT_NE(history.by_search(), "");
  unknown.outcome = Outcome::moved;
  unknown.active = 2;
  unknown.generation = 2;
  unknown.previous = 1;
  unknown.position = 2;
  EXPECT_NE(history.by_position(), "");
}

// Positions alone show these; the search does not look at them.
TEST(RefusedByPosition, OneThatIsGivenTwice) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1).position = 1;
  EXPECT_NE(history.by_position(), "");
}

TEST(RefusedByPosition, OneOfAnotherPointerThatIsNotInTheOrderOfTime) {
  Written history;
  history.promote(0, 50, 60, 1, 1, 0);
  history.promote(1, 10, 20, 2, 1, 0).pointer = 1;
  EXPECT_NE(history.by_position(), "");
  EXPECT_EQ(history.by_search(), "");
}

TEST(Taken, AnyOrderOfThoseThatOverlap) {
  Written history;
  history.promote(0, 10, 100, 1, 1, 0);
  history.promote(1, 10, 100, 2, 2, 1);
  history.active(2, 20, 30, 0);
  history.active(2, 40, 50, 1);
  history.active(2, 60, 70, 2);
  history.conflict(3, 10, 100, 9, 0, 1);
  expect_taken(history);
}

TEST(Taken, AReadThatEndsBeforeThePromotionThatItShows) {
  Written history;
  history.promote(0, 10, 100, 1, 1, 0);
  history.pointer(1, 20, 30, 1, 1, 1);
  expect_taken(history);
}

TEST(Taken, RollbacksThatGoFurtherBackAndThenFindNothing) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.promote(0, 30, 40, 2, 2, 1);
  history.promote(0, 50, 60, 3, 3, 2);
  history.rollback(0, 70, 80, 2, 4, 3);
  history.rollback(0, 90, 100, 1, 5, 2);
  Operation o;
  o.verb = Verb::rollback;
  o.outcome = Outcome::no_previous;
  history.add(1, 110, 120, o);
  expect_taken(history);
}

TEST(Taken, APendingOperationThatNeverTookEffect) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.pending(1, 30, 2);
  history.active(2, 40, 50, 1);
  expect_taken(history);
}

TEST(Taken, APendingOperationThatTookEffectLongAfter) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  Operation& unknown = history.pending(1, 30, 2);
  history.active(2, 40, 50, 1);
  history.active(2, 1000, 1010, 2);
  EXPECT_EQ(history.by_search(), "");
  unknown.outcome = Outcome::moved;
  unknown.active = 2;
  unknown.generation = 2;
  unknown.previous = 1;
  unknown.position = 2;
  EXPECT_EQ(history.by_position(), "");
}

TEST(Taken, TwoPendingOperationsOfWhichTheSecondTookEffect) {
  Written history;
  history.promote(0, 10, 20, 1, 1, 0);
  history.pending(1, 30, 2);
  history.pending(2, 30, 3);
  history.active(3, 40, 50, 3);
  EXPECT_EQ(history.by_search(), "");
}

TEST(Histories, GoOnWhereTheOneBeforeEnded) {
  Witness witness;
  Search search;
  History before(kAskers);
  Operation promotion;
  promotion.verb = Verb::promote;
  promotion.outcome = Outcome::moved;
  promotion.asked = promotion.active = 1;
  promotion.generation = 1;
  promotion.position = 1;
  promotion.begin_ns = 10;
  promotion.end_ns = 20;
  before[0].push_back(promotion);
  EXPECT_EQ(witness.check(before), "");
  EXPECT_EQ(search.check(before), "");
  History after(kAskers);
  Operation read;
  read.asker = 1;
  read.begin_ns = 30;
  read.end_ns = 40;
  after[1].push_back(read);
  EXPECT_NE(witness.check(after), "");
  EXPECT_NE(search.check(after), "");
}

}  // namespace
}  // namespace purser::linear
