// A rebuild gives the rows that commits gave, in little memory, and leaves nothing when it does not
// come to its end.
#include "rebuild.h"

#include <gtest/gtest.h>

#include "build.h"
#include "event_codec.h"
#include "event_log.h"
#include "projections/written_log.h"
#include "storage/results.h"
#include "storage/stores.h"
#include "try.h"

namespace purser::rebuild_test {
namespace {

constexpr std::size_t kLittle = 1u << 20;
constexpr std::size_t kPlenty = 256u << 20;

template <class Home>
class RebuildTest : public testing::Test {
 protected:
  Home home;
  Store& store = *home.store;
  WrittenLog log{store};
};
TYPED_TEST_SUITE(RebuildTest, Stores);

TYPED_TEST(RebuildTest, OfAnEmptyLogIsABuildWithoutRows) {
  const auto rebuilt = rebuild_projections(this->store, kEvery, kPlenty, {});
  ASSERT_TRUE(ok(rebuilt));
  EXPECT_EQ(this->log.in_use(), (Builds{2, 2, 2, 2, 2, 2, 2, 2}));
  for (const RebuiltProjection& one : *rebuilt) EXPECT_EQ(one.rows, 0u);
  this->log.expect_nothing_of(2);
}

TYPED_TEST(RebuildTest, GivesEqualRowsInMuchMemory) {
  fill(this->log, 1500);
  const auto rebuilt = rebuild_projections(this->store, kEvery, kPlenty, {});
  ASSERT_TRUE(ok(rebuilt));
  EXPECT_EQ(this->log.in_use(), (Builds{2, 2, 2, 2, 2, 2, 2, 2}));
  this->log.expect_same_rows(2);
  for (const RebuiltProjection& one : *rebuilt) {
    EXPECT_EQ(one.build, 2u);
    EXPECT_EQ(one.rows, this->log.rows_of(one.id, 1).size());
  }
  for (const BuildState& state : *read_builds(*this->store.snapshot())) {
    EXPECT_EQ(state.cursor, Position{this->log.size()});
  }
}

// Many runs, several levels of merged ones, two sinks at the end, and most events put off.
TYPED_TEST(RebuildTest, GivesEqualRowsInLittleMemory) {
  fill(this->log, 20'000);
  ASSERT_TRUE(ok(rebuild_projections(this->store, kEvery, kLittle, {})));
  EXPECT_EQ(this->log.in_use(), (Builds{2, 2, 2, 2, 2, 2, 2, 2}));
  this->log.expect_same_rows(2);
  ASSERT_TRUE(ok(rebuild_projections(this->store, kEvery, kPlenty, {})));
  this->log.expect_same_rows(3);
}

TYPED_TEST(RebuildTest, OfSomeProjectionsLeavesTheOthers) {
  fill(this->log, 100);
  const auto rebuilt = rebuild_projections(
      this->store, {ProjectionId::requests, ProjectionId::deployments}, kPlenty, {});
  ASSERT_TRUE(ok(rebuilt));
  ASSERT_EQ(rebuilt->size(), 2u);
  EXPECT_EQ(rebuilt->front().id, ProjectionId::requests);
  EXPECT_EQ(this->log.in_use(), (Builds{2, 1, 1, 1, 1, 2, 1, 1}));
  EXPECT_EQ(this->log.rows_of(ProjectionId::owners, 2), RowList());
  EXPECT_EQ(this->log.rows_of(ProjectionId::requests, 2),
            this->log.rows_of(ProjectionId::requests, 1));
}

TYPED_TEST(RebuildTest, WhereEventsGiveTheSameKeyTheLastOneCounts) {
  for (int i = 0; i < 3; ++i) this->log.append(Created{DeploymentId{1}, "same", "demo", {}, {}});
  fill(this->log, 8000);
  this->log.append(Created{DeploymentId{1}, "same", "demo", {}, {}});
  this->log.flush();
  ASSERT_TRUE(ok(rebuild_projections(this->store, kEvery, kLittle, {})));
  this->log.expect_same_rows(2);
}

TYPED_TEST(RebuildTest, TellsHowFarItIsFromTheBeginningToTheEnd) {
  fill(this->log, 15'000);
  std::vector<std::uint64_t> told;
  const auto note = [&](std::uint64_t events) { return told.push_back(events), true; };
  ASSERT_TRUE(ok(rebuild_projections(this->store, kEvery, kPlenty, note)));
  ASSERT_GT(told.size(), 10u);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_LE(told.front(), 512u);
  EXPECT_GT(told.back(), this->log.size() / 2);
  EXPECT_LE(told.back(), this->log.size());
}

TYPED_TEST(RebuildTest, CancelledAnywhereLeavesNothingAndIsMadeAnew) {
  fill(this->log, 8000);
  std::size_t reports = 0;
  const auto count = [&](std::uint64_t) { return ++reports > 0; };
  ASSERT_TRUE(ok(rebuild_projections(this->store, kEvery, kLittle, count)));
  for (std::size_t last = 1; last < reports; last += reports / 15) {
    std::size_t left = last;
    const auto rebuilt = rebuild_projections(this->store, kEvery, kLittle,
                                             [&](std::uint64_t) { return --left > 0; });
    if (rebuilt.has_value()) break;  // it waited less often, and reported less
    EXPECT_TRUE(fails_with<Cancelled>(rebuilt));
    EXPECT_EQ(this->log.in_use(), (Builds{2, 2, 2, 2, 2, 2, 2, 2}));
    this->log.expect_nothing_of(3);
  }
  const std::uint32_t next = this->log.in_use().front() + 1;
  ASSERT_TRUE(ok(rebuild_projections(this->store, kEvery, kLittle, {})));
  this->log.expect_same_rows(next);
}

TYPED_TEST(RebuildTest, AnEventOfAnUnknownDeploymentIsCorruptionThatNamesIt) {
  fill(this->log, 10);
  const std::uint64_t size = this->log.size();
  Event event;
  event.position = Position{size + 1};
  event.header.actor = "test";
  event.payload = Ready{DeploymentId{4711}, "demo", ExternalArtifact{"x", 1}};
  WriteSet changes;
  changes.put(Space::log, event_key(event.position), *encode_event(event));
  ASSERT_TRUE(ok(this->store.write(changes)));
  const auto rebuilt = rebuild_projections(this->store, kEvery, kPlenty, {});
  ASSERT_TRUE(fails_with<Corruption>(rebuilt, "deployment 4711"));
  EXPECT_EQ(rebuilt.error().template as<Corruption>()->where, "event " + std::to_string(size + 1));
  EXPECT_EQ(this->log.in_use(), (Builds{1, 1, 1, 1, 1, 1, 1, 1}));
  this->log.expect_nothing_of(2);
}

TYPED_TEST(RebuildTest, AHoleInTheLogIsCorruptionAndTheOldBuildsStayInUse) {
  fill(this->log, 1000);
  WriteSet changes;
  changes.erase(Space::log, event_key(Position{900}));
  ASSERT_TRUE(ok(this->store.write(changes)));
  EXPECT_TRUE(fails_with<Corruption>(rebuild_projections(this->store, kEvery, kPlenty, {}),
                                     "missing from the log"));
  EXPECT_EQ(this->log.in_use(), (Builds{1, 1, 1, 1, 1, 1, 1, 1}));
}

// --- Failures below ---------------------------------------------------------------------------

// A load that fails at one call of one kind.
class FailingLoad final : public BulkLoad {
 public:
  struct Plan {
    int scratch_files = -1;  // before these many
    int rows = -1;
    bool sinks = false;  // when they are finished
    bool end = false;
  };
  FailingLoad(std::unique_ptr<BulkLoad> load, Plan& plan) : load_(std::move(load)), plan_(plan) {}

  Result<std::unique_ptr<RowSink>> sink() override {
    PURSER_ASSIGN(auto sink, load_->sink());
    return std::unique_ptr<RowSink>(std::make_unique<Sink>(std::move(sink), plan_));
  }
  Result<UniqueFd> scratch_file() override {
    if (plan_.scratch_files-- == 0) return failure();
    return load_->scratch_file();
  }
  Status finish() override { return plan_.end ? Status(failure()) : load_->finish(); }

 private:
  static Error failure() { return Io{"write", "disk", "full"}; }

  struct Sink final : RowSink {
    Sink(std::unique_ptr<RowSink> to, const Plan& with)
        : sink(std::move(to)), rows_left(with.rows), fails(with.sinks) {}
    Status add(std::string_view key, std::string_view value) override {
      if (rows_left-- == 0) return failure();
      return sink->add(key, value);
    }
    Status finish() override { return fails ? Status(failure()) : sink->finish(); }
    std::unique_ptr<RowSink> sink;
    int rows_left;
    bool fails;
  };

  std::unique_ptr<BulkLoad> load_;
  Plan& plan_;
};

class FailingStore final : public Store {
 public:
  explicit FailingStore(Store& store) : store_(store) {}
  std::unique_ptr<RowReader> snapshot() const override { return store_.snapshot(); }
  Status write(const WriteSet& changes) override { return store_.write(changes); }
  Status drop(Space space, const KeyRange& range) override { return store_.drop(space, range); }
  Status catch_up() override { return {}; }
  Status close() override { return {}; }
  Result<std::unique_ptr<BulkLoad>> begin_load(Space space) override {
    PURSER_ASSIGN(auto load, store_.begin_load(space));
    return std::unique_ptr<BulkLoad>(std::make_unique<FailingLoad>(std::move(load), plan));
  }

  FailingLoad::Plan plan;

 private:
  Store& store_;
};

TYPED_TEST(RebuildTest, AFailureOfAnyPartIsItsAnswerAndLeavesNothing) {
  fill(this->log, 12'000);
  FailingStore failing(this->store);
  const FailingLoad::Plan plans[] = {
      {.scratch_files = 0}, {.scratch_files = 3}, {.rows = 0},
      {.rows = 5000},       {.sinks = true},      {.end = true},
  };
  for (const FailingLoad::Plan& plan : plans) {
    failing.plan = plan;
    EXPECT_TRUE(fails_with<Io>(rebuild_projections(failing, kEvery, kLittle, {}), "full"));
    EXPECT_EQ(this->log.in_use(), (Builds{1, 1, 1, 1, 1, 1, 1, 1}));
    this->log.expect_nothing_of(2);
  }
  failing.plan = {};
  ASSERT_TRUE(ok(rebuild_projections(failing, kEvery, kLittle, {})));
  this->log.expect_same_rows(2);
}

}  // namespace
}  // namespace purser::rebuild_test
