#include "build.h"

#include <gtest/gtest.h>

#include "activations.h"
#include "deployments.h"
#include "event_codec.h"
#include "event_log.h"
#include "freezes.h"
#include "identifiers.h"
#include "memory_store.h"
#include "owners.h"
#include "pointers.h"
#include "requests.h"
#include "row_heads.h"
#include "storage/results.h"

namespace purser::build_test {
namespace {

const std::vector<ProjectionId> kAll = {ProjectionId::deployments, ProjectionId::pointers,
                                        ProjectionId::activations, ProjectionId::owners,
                                        ProjectionId::identifiers, ProjectionId::requests,
                                        ProjectionId::freezes,     ProjectionId::merkle};
constexpr std::size_t kMemoryBytes = 4u << 20;

class BuildTest : public testing::Test {
 protected:
  BuildTest() {
    WriteSet changes;
    put_first_builds(changes);
    EXPECT_TRUE(ok(store.write(changes)));
  }

  // Writes an event and what it means, as a commit does.
  void append(Payload payload, std::optional<std::string> request_id = {}) {
    const auto rows = store.snapshot();
    Event event;
    event.position = Position{++size};
    event.time = Timestamp{static_cast<std::int64_t>(size) * 10};
    event.header.actor = "test";
    event.header.request_id = std::move(request_id);
    event.payload = std::move(payload);
    WriteSet changes;
    changes.put(Space::log, event_key(event.position), *encode_event(event));
    const Builds builds = in_use();
    const View view{*rows, builds, event.position};
    RowHeads heads(view);
    EXPECT_TRUE(ok(fold_all({event, true, heads}, builds, changes)));
    put_cursor(in_use(), event.position, changes);
    EXPECT_TRUE(ok(store.write(changes)));
  }
  void create(std::uint64_t id, const std::string& owner = "demo") {
    append(Created{DeploymentId{id}, "identifier-" + std::to_string(id), owner, {}, {}});
  }
  void activate(std::uint64_t id, std::uint64_t generation, std::uint64_t parent) {
    Activated moved;
    moved.owner_key = "demo";
    moved.channel = "live";
    moved.deployment = DeploymentId{id};
    moved.generation = Generation{generation};
    moved.parent = Generation{parent};
    append(moved);
  }

  [[nodiscard]] BuildStates states() const { return *read_builds(*store.snapshot()); }
  [[nodiscard]] Builds in_use() const { return builds_in_use(states()); }
  [[nodiscard]] std::vector<Row> rows_of(ProjectionId id, std::uint32_t build) const {
    const std::string prefix = build_key(id, build).str();
    std::vector<Row> rows;
    EXPECT_TRUE(ok(store.snapshot()->scan(
        Space::state, prefix_range(prefix), Direction::ascending,
        [&](std::string_view key, std::string_view value) {
          rows.push_back({std::string(key.substr(prefix.size())), std::string(value)});
          return true;
        })));
    return rows;
  }
  [[nodiscard]] bool same_rows(ProjectionId id, std::uint32_t one, std::uint32_t other) const {
    const auto a = rows_of(id, one);
    const auto b = rows_of(id, other);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Row& x, const Row& y) {
      return x.key == y.key && x.value == y.value;
    });
  }

  MemoryStore store;
  std::uint64_t size = 0;
};

TEST_F(BuildTest, AnEmptyLogHasBuildOneOfEverything) {
  for (const Projection& projection : all_projections()) {
    const BuildState state = states()[static_cast<std::size_t>(projection.id)];
    EXPECT_EQ(state.build, 1u);
    EXPECT_EQ(state.version, projection.version);
    EXPECT_EQ(state.cursor, Position{0});
  }
}

TEST_F(BuildTest, WithoutAnAnnouncementThereIsNoBuild) {
  const MemoryStore empty;
  for (const BuildState& state : *read_builds(*empty.snapshot())) EXPECT_EQ(state.build, 0u);
}

TEST_F(BuildTest, CursorsFollowTheLog) {
  create(1);
  create(2);
  for (const BuildState& state : states()) EXPECT_EQ(state.cursor, Position{2});
}

TEST_F(BuildTest, CursorRowHasItsGoldenBytes) {
  WriteSet changes;
  put_cursor(Builds{1, 2, 1, 1, 1, 3, 1, 4}, Position{0x0102}, changes);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes.changes()[0].key, "c");
  const std::string expected =
      std::string("\x02\x01\0\0\0\0\0\0", 8) + std::string("\x08\0\0\0", 4) +
      std::string("D\1\0\0\0", 5) + std::string("P\2\0\0\0", 5) + std::string("A\1\0\0\0", 5) +
      std::string("O\1\0\0\0", 5) + std::string("U\1\0\0\0", 5) + std::string("R\3\0\0\0", 5) +
      std::string("F\1\0\0\0", 5) + std::string("M\4\0\0\0", 5);
  EXPECT_EQ(changes.changes()[0].value, expected);
}

// A program of before this row moved one row for each projection.
TEST_F(BuildTest, CursorsOfAnEarlierVersionCountUntilACommitOfThisOne) {
  const std::string three("\3\0\0\0\0\0\0\0", 8);
  WriteSet changes;
  for (const Projection& projection : all_projections()) {
    changes.put(Space::state, std::string("c") + projection.tag + std::string("\0\0\0\1", 4),
                three);
  }
  ASSERT_TRUE(ok(store.write(changes)));
  for (const BuildState& state : states()) EXPECT_EQ(state.cursor, Position{3});
  create(1);
  for (const BuildState& state : states()) EXPECT_EQ(state.cursor, Position{1});
}

TEST_F(BuildTest, ADamagedCursorLeavesEveryBuildBehind) {
  create(1);
  WriteSet changes;
  changes.put(Space::state, "c", "x");
  ASSERT_TRUE(ok(store.write(changes)));
  for (const BuildState& state : states()) EXPECT_EQ(state.cursor, Position{0});
}

TEST_F(BuildTest, RebuildOfOneProjectionLeavesTheOthers) {
  create(1);
  activate(1, 1, 0);
  const auto rebuilt = rebuild_projections(store, {ProjectionId::pointers}, kMemoryBytes, {});
  ASSERT_TRUE(ok(rebuilt));
  ASSERT_EQ(rebuilt->size(), 1u);
  EXPECT_EQ(rebuilt->front().id, ProjectionId::pointers);
  EXPECT_EQ(rebuilt->front().build, 2u);
  EXPECT_EQ(rebuilt->front().rows, 1u);
  EXPECT_EQ(in_use(), (Builds{1, 2, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(states()[1].cursor, Position{2});
}

TEST_F(BuildTest, DropKeepsTheRowsInUseOnly) {
  create(1);
  activate(1, 1, 0);
  ASSERT_TRUE(ok(rebuild_projections(store, kAll, kMemoryBytes, {})));
  ASSERT_TRUE(ok(rebuild_projections(store, {ProjectionId::pointers}, kMemoryBytes, {})));
  ASSERT_TRUE(ok(drop_old_builds(store, states())));
  EXPECT_EQ(rows_of(ProjectionId::deployments, 1).size(), 0u);
  EXPECT_EQ(rows_of(ProjectionId::deployments, 2).size(), 1u);
  EXPECT_EQ(rows_of(ProjectionId::pointers, 1).size(), 0u);
  EXPECT_EQ(rows_of(ProjectionId::pointers, 2).size(), 0u);
  EXPECT_EQ(rows_of(ProjectionId::pointers, 3).size(), 1u);
  EXPECT_EQ(in_use(), (Builds{2, 3, 2, 2, 2, 2, 2, 2}));
  for (const BuildState& state : states()) EXPECT_EQ(state.cursor, Position{2});
}

TEST_F(BuildTest, AnEventOfAnUnknownDeploymentIsCorruption) {
  Event event;
  event.position = Position{1};
  event.payload = Ready{DeploymentId{7}, "demo", ExternalArtifact{"x", 1}};
  WriteSet changes;
  const auto rows = store.snapshot();
  const Builds builds = in_use();
  const View view{*rows, builds, event.position};
  RowHeads heads(view);
  const Status folded = fold_all({event, true, heads}, builds, changes);
  ASSERT_TRUE(fails_with<Corruption>(folded, "deployment 7"));
  EXPECT_EQ(folded.error().as<Corruption>()->where, "event 1");
}

// What a View shows is what stood at its position, whatever came later.
class AsOf : public BuildTest {
 protected:
  AsOf() {
    create(1);                                                              // 1
    append(Ready{DeploymentId{1}, "demo", ExternalArtifact{"x", 1}}, "k");  // 2
    activate(1, 1, 0);                                                      // 3
    create(2, "other");                                                     // 4
    activate(2, 2, 1);                                                      // 5
    activate(1, 3, 2);                                                      // 6
  }
  template <class Query>
  auto at(std::uint64_t position, Query query) {
    const auto rows = store.snapshot();
    const Builds builds = in_use();
    return *query(View{*rows, builds, Position{position}});
  }
};

TEST_F(AsOf, Deployments) {
  const auto find = [](std::uint64_t id) {
    return [id](const View& view) { return find_deployment(view, DeploymentId{id}); };
  };
  EXPECT_EQ(at(0, find(1)), nullptr);
  EXPECT_EQ(at(1, find(1))->status, DeploymentStatus::building);
  EXPECT_EQ(at(2, find(1))->status, DeploymentStatus::ready);
  EXPECT_EQ(at(2, find(1))->terminated_at, Timestamp{20});
  EXPECT_EQ(at(3, find(2)), nullptr);
  EXPECT_EQ(at(4, find(2))->owner_key, "other");
  EXPECT_EQ(at(3, last_deployment), DeploymentId{1});
  EXPECT_EQ(at(4, last_deployment), DeploymentId{2});
  EXPECT_EQ(at(0, last_deployment), DeploymentId{0});
}

TEST_F(AsOf, Pointers) {
  const auto latest = [](const View& view) { return latest_pointer(view, "demo", "live"); };
  EXPECT_EQ(at(2, latest).generation, Generation{0});
  EXPECT_EQ(at(3, latest).generation, Generation{1});
  EXPECT_EQ(at(4, latest).deployment, DeploymentId{1});
  EXPECT_EQ(at(5, latest).deployment, DeploymentId{2});
  EXPECT_EQ(at(6, latest).parent, Generation{2});
  const auto channels = [](const View& view) { return channels_of(view, "demo"); };
  EXPECT_EQ(at(2, channels), std::vector<std::string>());
  EXPECT_EQ(at(3, channels), std::vector<std::string>{"live"});
}

TEST_F(AsOf, ActivationsOfADeployment) {
  const auto latest = [](const View& view) {
    return latest_activation_of(view, "demo", "live", DeploymentId{1});
  };
  EXPECT_EQ(at(2, latest), std::nullopt);
  EXPECT_EQ(at(5, latest), Generation{1});
  EXPECT_EQ(at(6, latest), Generation{3});
}

TEST_F(AsOf, Freezes) {
  append(ChannelsFrozen{"demo", "live", false});         // 7
  append(ChannelsFrozen{"demo", std::nullopt, true});    // 8
  append(ChannelsUnfrozen{"demo", "live"});              // 9
  append(ChannelsUnfrozen{"demo", std::nullopt});        // 10
  append(ChannelsFrozen{"demos", std::nullopt, false});  // 11
  const auto held = [&](std::uint64_t position, std::string_view channel) {
    return at(position, [&](const View& view) { return freeze_in_force(view, "demo", channel); });
  };
  EXPECT_EQ(held(6, "live"), nullptr);
  EXPECT_EQ(*held(7, "live"), (ChannelFreeze{"test", "", Timestamp{70}, "live", false}));
  EXPECT_EQ(held(7, "beta"), nullptr);
  EXPECT_EQ(*held(8, "live"), (ChannelFreeze{"test", "", Timestamp{80}, std::nullopt, true}));
  EXPECT_EQ(held(8, "beta")->time, Timestamp{80});
  EXPECT_EQ(held(9, "live")->time, Timestamp{80});
  EXPECT_EQ(held(10, "live"), nullptr);
  EXPECT_EQ(held(11, "beta"), nullptr);
}

TEST_F(AsOf, OwnersIdentifiersAndRequests) {
  const auto owners = [](const View& view) { return owners_after(view, "", 10); };
  EXPECT_EQ(at(3, owners), std::vector<std::string>{"demo"});
  EXPECT_EQ(at(4, owners), (std::vector<std::string>{"demo", "other"}));
  const auto named = [](const View& view) { return identified_by(view, "identifier-", 10); };
  EXPECT_EQ(at(0, named).size(), 0u);
  EXPECT_EQ(at(3, named).size(), 1u);
  EXPECT_EQ(at(4, named).at(1).id, DeploymentId{2});
  const auto request = [](const View& view) { return find_request(view, "k"); };
  EXPECT_EQ(at(1, request), std::nullopt);
  EXPECT_EQ(at(2, request), Position{2});
}

}  // namespace
}  // namespace purser::build_test
