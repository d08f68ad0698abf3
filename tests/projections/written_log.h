// A log and its rows as commits would have written them, to be folded anew.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "build.h"
#include "event_codec.h"
#include "event_log.h"
#include "merkle_rows.h"
#include "storage/results.h"
#include "storage/stores.h"

namespace purser {

inline const std::vector<ProjectionId> kEvery = {ProjectionId::deployments, ProjectionId::pointers,
                                                 ProjectionId::activations, ProjectionId::owners,
                                                 ProjectionId::identifiers, ProjectionId::requests,
                                                 ProjectionId::freezes,     ProjectionId::merkle};

/// As many deployments as there are.
class EveryHead final : public Heads {
 public:
  Result<SharedDeployment> deployment(DeploymentId id) override { return deployments_[id.value]; }
  Result<PointerRow> pointer(std::string_view, std::string_view) override { return PointerRow{}; }
  Result<SharedFreeze> freeze(std::string_view, std::string_view) override {
    return SharedFreeze();
  }
  Result<DeploymentId> last_deployment() override { return DeploymentId{}; }
  void put(SharedDeployment deployment, Position) override {
    deployments_[deployment->id.value] = deployment;
  }
  void put(std::string_view, std::string_view, const PointerRow&) override {}
  void put(std::string_view, std::string_view, SharedFreeze, Position) override {}

 private:
  std::map<std::uint64_t, SharedDeployment> deployments_;
};

/// A store, and the log and the rows that commits would have put there.
class WrittenLog {
 public:
  explicit WrittenLog(Store& store) : store_(store) {
    WriteSet changes;
    put_first_builds(changes);
    EXPECT_TRUE(ok(store.write(changes)));
  }

  void append(Payload payload, EventHeader header = {}) {
    Event event;
    event.position = Position{++size_};
    event.time = Timestamp{static_cast<std::int64_t>(size_) * 10};
    event.header = std::move(header);
    event.header.actor = "test";
    event.payload = std::move(payload);
    std::string stored = *encode_event(event);
    tree_.append(merkle_leaf(stored), 1, pending_);
    pending_.put(Space::log, event_key(event.position), std::move(stored));
    EXPECT_TRUE(ok(fold_all({event, true, heads_}, kFirst, pending_)));
    if (pending_.size() > 10'000) flush();
  }
  void flush() {
    put_cursor(kFirst, Position{size_}, pending_);
    EXPECT_TRUE(ok(store_.write(pending_)));
    pending_.clear();
  }

  void create(std::uint64_t id, Labels labels = {}) {
    append(Created{DeploymentId{id}, identifier(id), owner(id), {}, std::move(labels)});
  }
  void make_ready(std::uint64_t id, std::string request_id) {
    EventHeader header;
    header.request_id = std::move(request_id);
    append(Ready{DeploymentId{id}, owner(id), ExternalArtifact{"x", id}}, std::move(header));
  }
  void activate(std::uint64_t id) {
    Activated moved;
    moved.owner_key = owner(id);
    moved.channel = id % 3 == 0 ? "live" : "beta";
    moved.deployment = DeploymentId{id};
    moved.generation = Generation{++generations_[moved.owner_key + moved.channel]};
    append(moved);
  }
  static std::string owner(std::uint64_t id) { return "project:" + std::to_string(id % 17); }
  /// In no order, as random ones are.
  static std::string identifier(std::uint64_t id) {
    return std::to_string(id * 0x9e3779b97f4a7c15) + "-of-a-deployment";
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Builds in_use() const { return builds_in_use(*read_builds(*store_.snapshot())); }
  [[nodiscard]] RowList rows_of(ProjectionId id, std::uint32_t build) const {
    const std::string prefix = build_key(id, build).str();
    RowList rows = scanned(*store_.snapshot(), prefix_range(prefix), Direction::ascending);
    for (auto& [key, value] : rows) key.erase(0, prefix.size());
    return rows;
  }
  /// Whether the rows of `build` are those of build 1.
  void expect_same_rows(std::uint32_t build) const {
    for (const ProjectionId id : kEvery) {
      EXPECT_TRUE(rows_of(id, build) == rows_of(id, 1)) << static_cast<int>(id);
    }
  }
  void expect_nothing_of(std::uint32_t build) const {
    for (const ProjectionId id : kEvery) EXPECT_EQ(rows_of(id, build), RowList());
  }

 private:
  static constexpr Builds kFirst{1, 1, 1, 1, 1, 1, 1, 1};

  Store& store_;
  EveryHead heads_;
  GrowingTree tree_;
  std::uint64_t size_ = 0;
  std::map<std::string, std::uint64_t> generations_;
  WriteSet pending_;
};

/// Deployments whose events lie far apart, in any order; some are large.
inline void fill(WrittenLog& log, std::uint64_t deployments) {
  std::mt19937 random(7);
  std::vector<std::uint64_t> ids(deployments);
  for (std::uint64_t id = 1; id <= deployments; ++id) {
    ids[id - 1] = id;
    log.create(id, id % 500 == 0 ? Labels{{"large", std::string(30'000, 'x')}} : Labels{});
  }
  std::shuffle(ids.begin(), ids.end(), random);
  for (const std::uint64_t id : ids) log.make_ready(id, "request-" + std::to_string(id));
  for (const std::uint64_t id : ids) {
    log.activate(id);
    if (id % 5 == 0) log.append(BadMarked{DeploymentId{id}, WrittenLog::owner(id)});
    if (id % 10 == 0) log.append(BadUnmarked{DeploymentId{id}, WrittenLog::owner(id)});
    if (id % 6 == 0) log.append(ChannelsFrozen{WrittenLog::owner(id), "live", id % 4 == 0});
    if (id % 9 == 0) log.append(ChannelsUnfrozen{WrittenLog::owner(id), "live"});
    if (id % 11 == 0) log.append(ChannelsFrozen{WrittenLog::owner(id), std::nullopt, false});
    if (id % 7 == 0) log.append(Pinned{DeploymentId{id}, WrittenLog::owner(id)});
    if (id % 14 == 0) log.append(Unpinned{DeploymentId{id}, WrittenLog::owner(id)});
  }
  log.flush();
}

}  // namespace purser
