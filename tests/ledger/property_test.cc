// Random sequences of all commands against a model: every answer, every query, and the same again
// after a rebuild and after reopening.
#include <gtest/gtest.h>

#include <set>

#include "ledger/compare.h"
#include "ledger/model.h"
#include "ledger/player.h"
#include "support/rows.h"
#include "support/scale.h"
#include "support/test_ledger.h"

namespace purser::property_test {
namespace {

constexpr int kFullComparisonEvery = 500;  // steps
constexpr int kStepsForEverything = 750;   // after which every kind of event has been seen

struct Course {
  Where where;
  unsigned seed;
  int steps;
};

void PrintTo(const Course& course, std::ostream* out) {
  *out << "seed " << course.seed << ", " << course.steps << " steps";
}

// A course that tries too little proves too little.
void expect_variety(const Player& player) {
  std::set<EventKind> kinds;
  for (const Event& event : player.model.log()) kinds.insert(event.kind());
  for (std::uint16_t kind = 1; kind <= std::variant_size_v<Payload>; ++kind) {
    EXPECT_TRUE(kinds.contains(EventKind{kind})) << to_string(EventKind{kind});
  }
  EXPECT_GT(player.accepted, 250);
  EXPECT_GE(player.refusals.size(), 12u);
}

class Property : public testing::TestWithParam<Course> {};

TEST_P(Property, EveryAnswerIsThatOfTheModelAlsoAfterRebuildAndReopen) {
  const Course& course = GetParam();
  FakeClock clock;
  Options options = clock.options();
  if (course.seed % 3 != 0) options.memory_heads_max = course.seed % 3 == 1 ? 0 : 3;
  TestLedger ledger(course.where, options);
  RandomDraw draw(course.seed);
  Player player(draw, clock, *ledger);
  for (int step = 1; step <= course.steps; ++step) {
    const std::string difference = player.step();
    ASSERT_EQ(difference, "") << "seed " << course.seed << ", step " << step << ": " << player.said;
    if (step % kFullComparisonEvery == 0) expect_same(*ledger, player.model);
    ASSERT_FALSE(HasFailure()) << "seed " << course.seed << ", step " << step << ": "
                               << player.said;
  }
  expect_same(*ledger, player.model);

  const Rows before = ledger.on_disk() ? projection_rows(ledger.directory()) : Rows();
  for (const RebuildReport& report : must(ledger->rebuild())) {
    EXPECT_EQ(report.build, 2u);
    EXPECT_EQ(report.events, player.model.log().size());
  }
  expect_same(*ledger, player.model);
  if (ledger.on_disk()) {
    EXPECT_GT(before.size(), player.model.log().size());
    EXPECT_TRUE(projection_rows(ledger.directory()) == before) << "seed " << course.seed;
    ledger.reopen();
    expect_same(*ledger, player.model);
    EXPECT_TRUE(projection_rows(ledger.directory()) == before) << "seed " << course.seed;
  }
  EXPECT_FALSE(HasFailure()) << "seed " << course.seed;
  if (course.steps >= kStepsForEverything) expect_variety(player);
}

std::vector<Course> courses() {
  std::vector<Course> courses;
  for (unsigned seed = 1; seed <= 5; ++seed) courses.push_back({Where::memory, seed, scaled(4000)});
  for (unsigned seed = 6; seed <= 9; ++seed) courses.push_back({Where::disk, seed, scaled(800)});
  return courses;
}
INSTANTIATE_TEST_SUITE_P(Random, Property, testing::ValuesIn(courses()), [](const auto& each) {
  return (each.param.where == Where::disk ? "DiskSeed" : "MemorySeed") +
         std::to_string(each.param.seed);
});

}  // namespace
}  // namespace purser::property_test
