// What happened elsewhere becomes the first events of a ledger as it was; or it cannot have
// happened, is named, and nothing is made.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "ledger/carried.h"
#include "purser/history.h"
#include "support/every_kind.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"

namespace purser::import_history_test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNow = 1'700'000'000'000'000;
constexpr std::int64_t kThen = 1'500'000'000'000'000;

PastEvent past(PastChange change, std::int64_t unix_us = kThen) {
  PastEvent event;
  event.where = "line 7";
  event.time = Timestamp{unix_us};
  event.actor = "kim";
  event.reason = "long ago";
  event.change = std::move(change);
  return event;
}
PastChange begun(std::uint64_t id, const std::string& owner = "demo") {
  return PastCreate{DeploymentId{id}, {}, owner, {}};
}
PastChange is_ready(std::uint64_t id) { return PastReady{DeploymentId{id}, {"there", 5}}; }
PastChange has_failed(std::uint64_t id) { return PastFailure{DeploymentId{id}, {"code", "text"}}; }
PastChange deleted(std::uint64_t id) { return PastDeletion{DeploymentId{id}}; }
PastChange moved(std::optional<std::uint64_t> to, bool back = false) {
  PastMovement movement;
  movement.owner = "demo";
  if (to) movement.to = DeploymentId{*to};
  movement.back = back;
  return movement;
}
// All at the same time.
std::vector<PastEvent> all_at_once(const std::vector<PastChange>& changes) {
  std::vector<PastEvent> events;
  for (const PastChange& change : changes) events.push_back(past(change));
  return events;
}

class ImportHistory : public testing::Test {
 protected:
  [[nodiscard]] std::string into() const { return (scratch / "into").string(); }
  Result<HistoryReport> import(const std::vector<PastEvent>& events,
                               const ProgressCallback& progress = {}) {
    auto next = events.begin();
    return import_history(
        into(),
        [&]() -> Result<std::optional<PastEvent>> {
          if (next == events.end()) return std::optional<PastEvent>();
          return std::optional(*next++);
        },
        clock.options(), progress);
  }
  Ledger opened() { return must(Ledger::open(into(), clock.options())); }

  Scratch scratch;
  FakeClock clock{kNow};
};

// What it takes for this event to have happened elsewhere. Nothing for one that is not told.
std::optional<PastChange> change_of(const Event& event) {
  if (const auto* e = std::get_if<Created>(&event.payload)) {
    return PastCreate{e->id, e->identifier, e->owner_key, {e->source_ref, e->labels}};
  }
  if (const auto* e = std::get_if<Ready>(&event.payload)) {
    return PastReady{e->id, std::get<ExternalArtifact>(e->artifact)};
  }
  if (const auto* e = std::get_if<Failed>(&event.payload)) return PastFailure{e->id, e->failure};
  if (const auto* e = std::get_if<ArtifactDropped>(&event.payload)) return PastDeletion{e->id};
  const auto& e = std::get<Activated>(event.payload);
  const bool back = e.cause == Cause::rollback || e.cause == Cause::restore;
  return PastMovement{e.owner_key, e.channel, e.deployment, back};
}

// Commands without marks and freezes, which other tools do not know; most of them are accepted.
void act_at_random(Ledger& ledger, FakeClock& clock, std::mt19937& random) {
  const auto below = [&](unsigned end) { return random() % end; };
  clock.advance(1 + below(1'000'000));
  const std::string owner = below(2) == 0 ? "a" : "b";
  const std::string channel = below(3) == 0 ? "beta" : "live";
  Context context;
  context.actor = below(2) == 0 ? "kim" : "lee";
  context.reason = below(3) == 0 ? "because" : "";
  PromoteOptions on;
  RollbackToOptions to;
  on.channel = to.channel = channel;
  const std::uint64_t size = must(ledger.list(owner, {}, {})).items.size();
  const auto some = [&]() -> DeploymentId {
    return size == 0 ? DeploymentId{1} : must(ledger.list(owner, {}, {})).items[below(size)].id;
  };
  switch (below(10)) {
    case 0:
    case 1: {
      const auto made = must(ledger.create(owner, {"sha", {{"branch", "main"}}}, context));
      if (below(5) == 0) break;
      (void)(below(6) == 0 ? ledger.mark_failed(made.id, "code", "text", context)
                           : ledger.mark_ready_external(made.id, "there", below(9), context));
      break;
    }
    case 2: (void)ledger.mark_ready_external(some(), "later", 1, context); break;
    case 3: (void)ledger.delete_artifact(some(), {}, context); break;
    case 4: (void)ledger.clear(owner, {channel, {}}, context); break;
    case 5:
    case 6: (void)ledger.rollback_to(owner, some(), to, context); break;
    default: (void)ledger.promote(owner, some(), on, context);
  }
}

// A ledger that was filled by commands, told as history, is that ledger again.
TEST_F(ImportHistory, RulesOfPointersAreThoseOfCommands) {
  std::mt19937 random(3);
  FakeClock then(kThen);
  TestLedger source(Where::memory, then.options());
  for (int i = 0; i < scaled(2000); ++i) act_at_random(*source, then, random);
  const std::vector<Event> events = all_events(*source);
  std::vector<PastEvent> told;
  std::set<Cause> causes;
  for (const Event& event : events) {
    PastEvent one = past(*change_of(event), event.time.unix_us);
    one.actor = event.header.actor;
    one.reason = event.header.reason;
    told.push_back(std::move(one));
    if (const auto* e = std::get_if<Activated>(&event.payload)) causes.insert(e->cause);
  }
  EXPECT_EQ(causes.size(), 4u);
  const HistoryReport report = must(import(told));
  EXPECT_EQ(report.size.value, events.size());
  EXPECT_EQ(report.moved_times + report.unchanged + report.unknown_times + report.to_deleted, 0u);
  Ledger made = opened();
  std::vector<Event> arrived = all_events(made);
  ASSERT_EQ(arrived.size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_TRUE(arrived[i].header.imported);
    EXPECT_EQ(arrived[i].header.wall_time, arrived[i].time);
    arrived[i].header.imported = false;
    arrived[i].header.wall_time.reset();
    ASSERT_EQ(arrived[i], events[i]) << "event " << i + 1;
  }
  EXPECT_EQ(must(made.root()), report.root);
  EXPECT_TRUE(must(made.verify()).is_whole());
}

TEST_F(ImportHistory, WhatHappenedAtOneTimeStaysInOrderAndKeepsItsTime) {
  const HistoryReport report =
      must(import(all_at_once({begun(3), is_ready(3), moved(3), deleted(3), begun(8)})));
  EXPECT_EQ(report.moved_times, 4u);
  EXPECT_EQ(report.moved_us_max, 4);
  EXPECT_EQ(report.deployments, 2u);
  EXPECT_EQ(report.movements, 1u);
  Ledger made = opened();
  const std::vector<Event> events = all_events(made);
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].time.unix_us, kThen + static_cast<std::int64_t>(i));
    EXPECT_EQ(events[i].happened_at(), Timestamp{kThen});
  }
  const Deployment deployment = must(made.get(DeploymentId{3}));
  EXPECT_EQ(deployment.created_at, Timestamp{kThen});
  EXPECT_EQ(deployment.terminated_at, Timestamp{kThen});
  EXPECT_EQ(deployment.artifact_deleted_at, Timestamp{kThen});
  EXPECT_TRUE(must(made.verify()).is_whole());
  must(made.rebuild());
  EXPECT_EQ(must(made.get(DeploymentId{8})).created_at, Timestamp{kThen});
}

TEST_F(ImportHistory, ATimeThatIsNotKnownIsNotMadeUp) {
  std::vector<PastEvent> events = all_at_once({begun(1), is_ready(1)});
  events.back().time_is_known = false;
  EXPECT_EQ(must(import(events)).unknown_times, 1u);
  Ledger made = opened();
  EXPECT_EQ(last_event(made).header.wall_time, std::nullopt);
  EXPECT_FALSE(last_event(made).time_is_known());
  EXPECT_EQ(last_event(made).time.unix_us, kThen + 1);
}

TEST_F(ImportHistory, GoesOnWhereItEnds) {
  must(import(all_at_once({begun(4), begun(9), is_ready(9), moved(9)})));
  Ledger made = opened();
  must(made.store(DeploymentId{4}, "index.html", "hello"));
  must(made.mark_ready(DeploymentId{4}));
  EXPECT_EQ(must(made.promote("demo", DeploymentId{4})).previous, DeploymentId{9});
  EXPECT_EQ(must(made.rollback("demo")).active, DeploymentId{9});
  EXPECT_EQ(must(made.create("demo")).id, DeploymentId{10});
  EXPECT_TRUE(must(made.verify()).is_whole());
}

TEST_F(ImportHistory, WhatOurRulesForbidAndHappenedIsRecordedAndCounted) {
  const HistoryReport report = must(import(all_at_once(
      {begun(1), is_ready(1), begun(2), is_ready(2), deleted(1), moved(1), moved(2), moved(2)})));
  EXPECT_EQ(report.to_deleted, 1u);
  EXPECT_EQ(report.unchanged, 1u);
  EXPECT_EQ(report.movements, 2u);
  EXPECT_TRUE(must(opened().verify()).is_whole());
}

TEST_F(ImportHistory, OfNothingIsALedgerWithoutEvents) {
  EXPECT_EQ(must(import({})).size, Position{0});
  Ledger made = opened();
  EXPECT_EQ(create(made, "demo"), DeploymentId{1});
}

TEST_F(ImportHistory, ComesAgainOutOfAnExport) {
  const HistoryReport report = must(import(all_at_once({begun(1), is_ready(1), moved(1)})));
  const Exported whole = exported(opened());
  const CarryReport again = must(imported((scratch / "again").string(), whole.lines));
  EXPECT_EQ(again.root, report.root);
}

TEST_F(ImportHistory, WhatCannotHaveHappenedIsNamedAndNothingIsMade) {
  PastEvent long_owner = past(begun(1, std::string(256, 'x')));
  PastEvent nobody = past(begun(1));
  nobody.actor.clear();
  PastMovement nowhere;
  nowhere.owner = std::string(256, 'x');
  PastCreate with_identifier{DeploymentId{1}, "no uuid", "demo", {}};
  const std::vector<std::vector<PastEvent>> cases = {
      all_at_once({is_ready(1)}),
      all_at_once({begun(0)}),
      all_at_once({begun(2), begun(2)}),
      all_at_once({begun(2), begun(1)}),
      all_at_once({begun(1), is_ready(1), is_ready(1)}),
      all_at_once({begun(1), is_ready(1), has_failed(1)}),
      all_at_once({begun(1), has_failed(1), is_ready(1)}),
      all_at_once({begun(1), deleted(1)}),
      all_at_once({begun(1), is_ready(1), deleted(1), deleted(1)}),
      all_at_once({begun(1), moved(1)}),
      all_at_once({begun(1), has_failed(1), moved(1)}),
      all_at_once({begun(1, "other"), is_ready(1), moved(1)}),
      all_at_once({begun(1), is_ready(1), moved(2)}),
      all_at_once({begun(1), PastReady{DeploymentId{1}, {"", 1}}}),
      all_at_once({with_identifier}),
      {past(begun(1), kNow + 1)},
      {long_owner},
      all_at_once({nowhere}),
      {nobody},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto report = import(cases[i]);
    ASSERT_FALSE(report) << "case " << i;
    const auto* wrong = report.error().as<InvalidArgument>();
    const auto* limit = report.error().as<LimitExceeded>();
    ASSERT_TRUE(wrong != nullptr || limit != nullptr) << i << report.error().message();
    const std::string what = wrong != nullptr ? wrong->what : limit->what;
    EXPECT_TRUE(what == "line 7" || what.starts_with("line 7: ")) << what;
    EXPECT_FALSE(fs::exists(into())) << "case " << i;
  }
}

TEST_F(ImportHistory, TwoDeploymentsCannotHaveOneIdentifier) {
  const PastCreate first{DeploymentId{1}, "6d5ad04e-0b5f-4a3d-9f0e-6a2f6c9f0001", "demo", {}};
  PastCreate second = first;
  second.id = DeploymentId{2};
  (void)failure_of<InvalidArgument>(import(all_at_once({first, second})));
}

TEST_F(ImportHistory, TakesThePlaceOfALedgerWithoutEventsAndOfNoOther) {
  (void)must(Ledger::init(into(), clock.options()));
  must(import(all_at_once({begun(1)})));
  const auto before = directory_contents(into());
  (void)failure_of<AlreadyExists>(import(all_at_once({begun(1)})));
  EXPECT_TRUE(directory_contents(into()) == before);
}

TEST_F(ImportHistory, CancelledOrFailingLeavesNothing) {
  std::vector<PastEvent> events;
  for (std::uint64_t id = 1; id <= 2000; ++id) events.push_back(past(begun(id)));
  (void)failure_of<Cancelled>(import(events, [](const Progress&) { return false; }));
  EXPECT_FALSE(fs::exists(into()));
  const auto failing = [n = 0]() mutable -> Result<std::optional<PastEvent>> {
    if (++n == 100) return Io{"read", "input", "broken"};
    return std::optional(past(begun(static_cast<std::uint64_t>(n))));
  };
  (void)failure_of<Io>(import_history(into(), failing, clock.options()));
  EXPECT_FALSE(fs::exists(into()));
}

}  // namespace
}  // namespace purser::import_history_test
