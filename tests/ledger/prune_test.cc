// Prune plans on a table of cases, and what executing one does.
#include <gtest/gtest.h>

#include <functional>

#include "support/test_ledger.h"

namespace purser::prune_test {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::int64_t kStart = 1'700'000'000'000'000;

// Deployments of `demo`; deployment N is created N days after the start.
class Course {
 public:
  DeploymentId building() {
    clock.advance(kDay);
    return create(*ledger);
  }
  void ready(int count = 1) {
    for (int i = 0; i < count; ++i) must(ledger->mark_ready_external(building(), "s3://x", 1));
  }
  void stored() {
    const DeploymentId id = building();
    must(ledger->store(id, "index.html", "hello"));
    must(ledger->mark_ready(id));
  }
  void failed() { must(ledger->mark_failed(building(), "c", "m")); }
  // The newest becomes active.
  void promote(const std::string& channel = "live") {
    PromoteOptions options;
    options.channel = channel;
    must(ledger->promote("demo", must(ledger->stats()).last_deployment, options));
  }
  void promoted(int count, const std::string& channel = "live") {
    for (int i = 0; i < count; ++i) {
      ready();
      promote(channel);
    }
  }
  void remove(std::uint64_t id) { must(ledger->delete_artifact(DeploymentId{id}, {0})); }

  FakeClock clock{kStart};
  TestLedger ledger{Where::memory, clock.options()};
};

// When deployment `id` was created.
Timestamp day(std::int64_t id) { return {kStart + id * kDay}; }

// `newest` first, so that a case says what it is about.
PrunePolicy policy(std::uint32_t newest, std::uint32_t keep = 0) {
  PrunePolicy policy;
  policy.keep_newest = newest;
  policy.keep = keep;
  return policy;
}
PrunePolicy older(PrunePolicy policy, std::int64_t than) {
  policy.older_than = day(than);
  return policy;
}
PrunePolicy never_active(PrunePolicy policy, std::int64_t older_than) {
  policy.never_active_older_than = day(older_than);
  return policy;
}

std::string in_words(const PruneItem& item) {
  std::string text = std::to_string(item.deployment.id.value);
  if (item.removed_by) text += " goes: " + std::string(to_string(*item.removed_by));
  for (const Kept& one : item.kept_by) {
    text += " " + std::string(to_string(one.why));
    if (!one.channel.empty()) text += " " + one.channel;
  }
  return text;
}
using Words = std::vector<std::string>;

struct Case {
  std::string name;
  std::function<void(Course&)> course;
  PrunePolicy policy;
  Words plan;  // newest first
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

std::vector<Case> channel_cases() {
  return {
      {"ActiveStays",
       [](Course& c) { c.promoted(3); },
       policy(0),
       {"3 active live", "2 goes: beyond_newest", "1 goes: beyond_newest"}},
      {"TheWayBackStays",
       [](Course& c) { c.promoted(4); },
       policy(0, 2),
       {"4 active live", "3 rollback_target live", "2 rollback_target live",
        "1 goes: beyond_newest"}},
      {"TheWayBackIsTheUsableOne",
       [](Course& c) {
         c.promoted(5);
         must(c.ledger->mark_bad(DeploymentId{4}));
         c.remove(3);
       },
       policy(0, 1),
       {"5 active live", "4 goes: beyond_newest", "3 deleted", "2 rollback_target live",
        "1 goes: beyond_newest"}},
      {"WhatWasLeftByARollbackGoes",
       [](Course& c) {
         c.promoted(3);
         must(c.ledger->rollback("demo"));
       },
       policy(0, 1),
       {"3 goes: beyond_newest", "2 active live", "1 rollback_target live"}},
      {"TheWayBackFromAClearedStays",
       [](Course& c) {
         c.promoted(2);
         must(c.ledger->clear("demo"));
       },
       policy(0, 1),
       {"2 rollback_target live", "1 goes: beyond_newest"}},
      {"OtherChannelsCountAsMuch",
       [](Course& c) {
         c.ready();
         c.promote("beta");
         c.promoted(3);
         c.promote("canary");
       },
       policy(0),
       {"4 active canary active live", "3 goes: beyond_newest", "2 goes: beyond_newest",
        "1 active beta"}},
      {"OnceActiveOnAnyChannelIsOnceActive",
       [](Course& c) { c.promoted(3, "beta"); },
       policy(2),
       {"3 active beta newest", "2 newest", "1 goes: beyond_newest"}},
  };
}

std::vector<Case> state_cases() {
  return {
      {"PinnedStays",
       [](Course& c) {
         c.promoted(3);
         must(c.ledger->pin(DeploymentId{1}));
         must(c.ledger->pin(DeploymentId{3}));
       },
       policy(0),
       {"3 active live pinned", "2 goes: beyond_newest", "1 pinned"}},
      {"BuildingStays",
       [](Course& c) { c.building(); },
       never_active(policy(0), 100),
       {"1 building"}},
      {"DeletedHasNothingLeftAndTakesNoPlace",
       [](Course& c) {
         c.promoted(4);
         c.remove(3);
       },
       policy(2),
       {"4 active live newest", "3 deleted", "2 newest", "1 goes: beyond_newest"}},
      {"ExternalGoesLikeStored",
       [](Course& c) {
         c.stored();
         c.promote();
         c.promoted(2);
       },
       policy(0),
       {"3 active live", "2 goes: beyond_newest", "1 goes: beyond_newest"}},
      {"BadIsNoReasonToGoOrToStay",
       [](Course& c) {
         c.promoted(3);
         must(c.ledger->mark_bad(DeploymentId{2}));
       },
       policy(2),
       {"3 active live newest", "2 newest", "1 goes: beyond_newest"}},
  };
}

std::vector<Case> rule_cases() {
  const auto mixed = [](Course& c) {
    c.promoted(2);
    c.failed();
    c.ready();
    c.promoted(1);
  };
  return {
      {"NewestStay",
       [](Course& c) { c.promoted(4); },
       policy(3),
       {"4 active live newest", "3 newest", "2 newest", "1 goes: beyond_newest"}},
      {"WhatFailedOrWasNeverActiveTakesNoPlace",
       mixed,
       policy(2),
       {"5 active live newest", "4 never_active", "3 never_active", "2 newest",
        "1 goes: beyond_newest"}},
      {"NeverActiveGoesWhenItIsOldEnough",
       mixed,
       never_active(policy(3), 4),
       {"5 active live newest", "4 young", "3 goes: never_active", "2 newest", "1 newest"}},
      {"NeverActiveGoesByItsOwnAge",
       mixed,
       older(never_active(policy(0), 5), 2),
       {"5 active live young", "4 goes: never_active", "3 goes: never_active", "2 young",
        "1 goes: beyond_newest"}},
      {"YoungStays",
       [](Course& c) { c.promoted(4); },
       older(policy(1), 2),
       {"4 active live newest", "3 young", "2 young", "1 goes: beyond_newest"}},
      {"NothingIsAPlanToo", [](Course&) {}, policy(0), {}},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& some : {channel_cases(), state_cases(), rule_cases()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

class PrunePlan : public testing::TestWithParam<Case> {};

TEST_P(PrunePlan, SaysOfEachWhatKeepsItOrWhichRuleRemovesItAndIsWhatPruneDoes) {
  Course course;
  GetParam().course(course);
  Ledger& ledger = *course.ledger;
  const Position before = log_size(ledger);
  Words plan;
  std::vector<DeploymentId> going;
  for (const PruneItem& item : must(ledger.prune_plan("demo", GetParam().policy))) {
    plan.push_back(in_words(item));
    if (item.removed_by) going.insert(going.begin(), item.deployment.id);
    EXPECT_EQ(item.removed_by.has_value(), item.kept_by.empty());
    EXPECT_EQ(item.deployment, must(ledger.get(item.deployment.id)));
  }
  EXPECT_EQ(plan, GetParam().plan);

  const PruneReport tried = must(ledger.prune("demo", GetParam().policy, dry_run()));
  EXPECT_EQ(tried.removed, going);
  EXPECT_EQ(tried.failed.size(), 0u);
  EXPECT_EQ(log_size(ledger), before);

  const PruneReport report = must(ledger.prune("demo", GetParam().policy));
  EXPECT_EQ(report.removed, going);
  EXPECT_EQ(report.failed.size(), 0u);
  for (const DeploymentId id : going) {
    EXPECT_TRUE(must(ledger.get(id)).artifact_deleted_at.has_value());
  }
  EXPECT_EQ(log_size(ledger).value, before.value + going.size());
  EXPECT_EQ(must(ledger.prune("demo", GetParam().policy)).removed.size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Case, PrunePlan, testing::ValuesIn(all_cases()),
                         [](const auto& each) { return each.param.name; });

class Prune : public testing::Test {
 protected:
  Course course;
  Ledger& ledger = *course.ledger;
};

TEST_F(Prune, UsesOneCommitAndARequestIdForEachDeployment) {
  course.promoted(3);
  Context context = as_request("night");
  context.actor = "cron";
  context.reason = "policy 7";
  EXPECT_EQ(must(ledger.prune("demo", policy(0), context)).removed,
            (std::vector{DeploymentId{1}, DeploymentId{2}}));
  const auto events = must(ledger.read(Position{10}, 10));
  ASSERT_EQ(events.size(), 2u);
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(std::get<ArtifactDropped>(events[i].payload).id, DeploymentId{i + 1});
    EXPECT_EQ(events[i].header.request_id, "night/" + std::to_string(i + 1));
    EXPECT_EQ(events[i].header.actor, "cron");
    EXPECT_EQ(events[i].header.reason, "policy 7");
    EXPECT_EQ(events[i].header.group, std::nullopt);
  }
  EXPECT_EQ(must(ledger.prune("demo", policy(0), context)).removed.size(), 0u);
  course.promoted(1);
  EXPECT_EQ(must(ledger.prune("demo", policy(0), context)).removed, std::vector{DeploymentId{3}});
}

TEST_F(Prune, GoesOnAfterAFailureAndTellsBoth) {
  course.promoted(4);
  must(ledger.mark_bad(DeploymentId{2}, as_request("k/2")));
  const PruneReport report = must(ledger.prune("demo", policy(0), as_request("k")));
  EXPECT_EQ(report.removed, (std::vector{DeploymentId{1}, DeploymentId{3}}));
  ASSERT_EQ(report.failed.size(), 1u);
  EXPECT_EQ(report.failed[0].id, DeploymentId{2});
  EXPECT_EQ(report.failed[0].error.as<RequestIdReused>()->request_id, "k/2");
  EXPECT_EQ(must(ledger.get(DeploymentId{2})).artifact_deleted_at, std::nullopt);
}

TEST_F(Prune, LeavesOtherOwnersAlone) {
  course.promoted(2);
  must(ledger.promote("other", ready(ledger, "other")));
  must(ledger.promote("other", ready(ledger, "other")));
  EXPECT_EQ(must(ledger.prune("demo", policy(0))).removed, std::vector{DeploymentId{1}});
  EXPECT_EQ(must(ledger.prune_plan("nobody", policy(0))).size(), 0u);
  EXPECT_EQ(must(ledger.prune_plan("other", policy(0))).size(), 2u);
  EXPECT_EQ(must(ledger.get(DeploymentId{3})).artifact_deleted_at, std::nullopt);
}

TEST_F(Prune, ByDefaultKeepsTenAndTheWayBack) {
  course.promoted(12);
  course.failed();
  EXPECT_EQ(must(ledger.prune("demo")).removed, (std::vector{DeploymentId{1}, DeploymentId{2}}));
  EXPECT_EQ(must(ledger.rollback("demo")).active, DeploymentId{11});
}

TEST_F(Prune, RefusesBeforeItBeginsWhatCannotWork) {
  course.promoted(2);
  EXPECT_EQ(failure_of<InvalidArgument>(ledger.prune("")).what, "owner");
  EXPECT_EQ(failure_of<InvalidArgument>(ledger.prune_plan("")).what, "owner");
  EXPECT_EQ(
      failure_of<LimitExceeded>(ledger.prune("demo", policy(0), as_request(std::string(127, 'k'))))
          .what,
      "request id");
  EXPECT_EQ(must(ledger.get(DeploymentId{1})).artifact_deleted_at, std::nullopt);
  must(ledger.close());
  EXPECT_EQ(failure_of<ReadOnly>(ledger.prune("demo")).why, ReadOnlyReason::closed);
  EXPECT_EQ(failure_of<ReadOnly>(ledger.prune_plan("demo")).why, ReadOnlyReason::closed);
}

}  // namespace
}  // namespace purser::prune_test
