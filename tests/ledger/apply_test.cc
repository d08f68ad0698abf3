// Several commands in one: all or none, in order, one group, and safe to repeat.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/rows.h"
#include "support/scale.h"
#include "support/test_ledger.h"

namespace purser::apply_test {
namespace {

class Apply : public BothLedgers {
 protected:
  PointerAnswer pointer_of(const Answer& answer) { return std::get<PointerAnswer>(answer); }
  DeploymentAnswer deployment_of(const Answer& answer) {
    return std::get<DeploymentAnswer>(answer);
  }
};
PURSER_ON_BOTH_LEDGERS(Apply);

TEST_P(Apply, MovesSeveralOwnersInOneGroup) {
  const DeploymentId web = ready(*ledger, "web");
  const DeploymentId api = ready(*ledger, "api");
  const Position before = log_size(*ledger);
  const auto answers = must(ledger->apply({Promote{"web", web, {}}, Promote{"api", api, {}}},
                                          {"kim", "release 7", std::nullopt, false}));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(pointer_of(answers[0]).active, web);
  EXPECT_EQ(pointer_of(answers[1]).active, api);
  EXPECT_EQ(pointer_of(answers[1]).receipt.position, Position{before.value + 2});
  const auto events = must(ledger->read(Position{before.value + 1}, 10));
  ASSERT_EQ(events.size(), 2u);
  for (const Event& event : events) {
    EXPECT_EQ(event.header.actor, "kim");
    EXPECT_EQ(event.header.reason, "release 7");
    EXPECT_EQ(event.header.group, (EventGroup{Position{before.value + 1}, 2}));
  }
}

TEST_P(Apply, OneRefusedCommandRefusesAllAndIsNamed) {
  const DeploymentId web = ready(*ledger, "web");
  const DeploymentId building = create(*ledger, "api");
  const Position before = log_size(*ledger);
  const auto refused = ledger->apply(
      {Promote{"web", web, {}}, Create{"web", {}}, Promote{"api", building, {}}, Clear{"web", {}}});
  EXPECT_EQ(failure_of<NotReady>(refused).id, building);
  EXPECT_EQ(refused.error().command(), 3u);
  EXPECT_EQ(refused.error().message().find("command 3: deployment"), 0u);
  EXPECT_EQ(log_size(*ledger), before);
  EXPECT_EQ(active_id(*ledger, "web"), std::nullopt);
  // What the refused one had decided is forgotten: the next id and generation are the next ones.
  EXPECT_EQ(create(*ledger, "web"), DeploymentId{building.value + 1});
  EXPECT_EQ(must(ledger->promote("web", web)).generation, Generation{1});
}

TEST_P(Apply, LaterCommandsSeeWhatEarlierOnesHaveDecided) {
  const DeploymentId one = promoted(*ledger);
  const DeploymentId two = ready(*ledger);
  PromoteOptions second;
  second.expect = Generation{1};
  ClearOptions third;
  third.expect = Generation{2};
  const DeploymentId next{two.value + 1};
  const auto answers = must(ledger->apply(
      {Promote{"demo", two, second}, MarkBad{one}, Clear{"demo", third}, Rollback{"demo", {}},
       Create{"demo", {}}, MarkReadyExternal{next, "s3://x", 1}, Promote{"demo", next, {}}}));
  EXPECT_EQ(pointer_of(answers[0]).previous, one);
  EXPECT_TRUE(deployment_of(answers[1]).bad.has_value());
  EXPECT_EQ(pointer_of(answers[2]).active, std::nullopt);
  EXPECT_EQ(pointer_of(answers[3]).active, two);
  EXPECT_EQ(deployment_of(answers[4]).id, next);
  EXPECT_EQ(pointer_of(answers[6]).generation, Generation{5});
  EXPECT_EQ(active_id(*ledger), next);
  EXPECT_EQ(must(ledger->pointer("demo")).rollback_target, two);
}

TEST_P(Apply, SealsADraftAndPromotesIt) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "index.html", "hello"));
  const auto answers = must(ledger->apply({MarkReady{id, {}}, Promote{"demo", id, {}}}));
  EXPECT_EQ(deployment_of(answers[0]).status, DeploymentStatus::ready);
  EXPECT_EQ(active_id(*ledger), id);
  EXPECT_EQ(must(ledger->retrieve(id, "index.html")), "hello");
}

TEST_P(Apply, HasItsLimits) {
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->apply({})).what, "commands");
  const auto limit =
      failure_of<LimitExceeded>(ledger->apply(std::vector<Command>(1001, Create{"demo", {}})));
  EXPECT_EQ(limit.limit, 1000u);
  EXPECT_EQ(limit.actual, 1001u);
  EXPECT_EQ(log_size(*ledger), Position{0});
  EXPECT_EQ(must(ledger->apply(std::vector<Command>(1000, Create{"demo", {}}))).size(), 1000u);
  EXPECT_EQ(log_size(*ledger), Position{1000});
  const auto bad = ledger->apply({Create{"demo", {}}, Create{"", {}}});
  EXPECT_EQ(failure_of<InvalidArgument>(bad).what, "owner");
  EXPECT_EQ(bad.error().command(), 2u);
  // K is as long as it may be, but K/1 is not.
  EXPECT_EQ(failure_of<LimitExceeded>(
                ledger->apply({Create{"demo", {}}}, as_request(std::string(128, 'k'))))
                .what,
            "request id");
}

TEST_P(Apply, ADryRunAnswersAndWritesNothing) {
  const DeploymentId id = ready(*ledger);
  const Position before = log_size(*ledger);
  const auto answers =
      must(ledger->apply({Create{"demo", {}}, Promote{"demo", id, {}}}, dry_run()));
  EXPECT_EQ(deployment_of(answers[0]).id, DeploymentId{id.value + 1});
  EXPECT_EQ(pointer_of(answers[1]).generation, Generation{1});
  EXPECT_EQ(log_size(*ledger), before);
  EXPECT_EQ(create(*ledger), DeploymentId{id.value + 1});
}

TEST_P(Apply, WhatChangesNothingWritesNothingUnlessARequestIdMustBeKnown) {
  const DeploymentId id = promoted(*ledger);
  const Position before = log_size(*ledger);
  const std::vector<Command> commands = {Promote{"demo", id, {}}, UnmarkBad{id}};
  for (const Answer& answer : must(ledger->apply(commands))) {
    EXPECT_TRUE(std::visit([](const auto& one) { return one.receipt.unchanged; }, answer));
  }
  EXPECT_EQ(log_size(*ledger), before);
  must(ledger->apply(commands, as_request("k")));
  EXPECT_EQ(log_size(*ledger), Position{before.value + 2});
  for (const Answer& answer : must(ledger->apply(commands, as_request("k")))) {
    EXPECT_TRUE(std::visit([](const auto& one) { return one.receipt.replayed; }, answer));
  }
  EXPECT_EQ(log_size(*ledger), Position{before.value + 2});
}

// A rollback that marks bad writes two events; then one that writes one, and one that is unchanged.
class ApplyAgain : public Apply {
 protected:
  ApplyAgain() {
    const auto ids = promoted(*ledger, 3);
    commands = {Rollback{"demo", {"live", 1, std::nullopt, true}}, MarkBad{ids[0]},
                Promote{"demo", ids[1], {}}, Create{"demo", {}}};
    answers = must(ledger->apply(commands, as_request("k")));
    after = log_size(*ledger);
  }
  std::vector<Command> commands;
  std::vector<Answer> answers;
  Position after;
};
PURSER_ON_BOTH_LEDGERS(ApplyAgain);

TEST_P(ApplyAgain, TheSameCommandsAreAnsweredFromTheLog) {
  for (const bool rebuilt : {false, true}) {
    if (rebuilt) must(ledger->rebuild());
    const auto again = must(ledger->apply(commands, as_request("k")));
    ASSERT_EQ(again.size(), answers.size());
    for (std::size_t i = 0; i < again.size(); ++i) {
      const auto receipt = std::visit([](const auto& one) { return one.receipt; }, again[i]);
      EXPECT_TRUE(receipt.replayed) << i;
      EXPECT_EQ(receipt.position,
                std::visit([](const auto& one) { return one.receipt.position; }, answers[i]));
    }
    EXPECT_EQ(pointer_of(again[0]).generation, pointer_of(answers[0]).generation);
    EXPECT_EQ(deployment_of(again[3]).id, deployment_of(answers[3]).id);
    EXPECT_EQ(log_size(*ledger), after);
  }
}

TEST_P(ApplyAgain, APartialOverlapIsRefusedWhole) {
  auto longer = commands;
  longer.push_back(Create{"demo", {}});
  EXPECT_EQ(failure_of<RequestIdReused>(ledger->apply(longer, as_request("k"))).request_id, "k/1");
  auto shorter = commands;
  shorter.pop_back();
  EXPECT_EQ(failure_of<RequestIdReused>(ledger->apply(shorter, as_request("k"))).request_id, "k/1");
  auto other = commands;
  other[1] = UnmarkBad{DeploymentId{1}};
  EXPECT_EQ(failure_of<RequestIdReused>(ledger->apply(other, as_request("k"))).request_id, "k/2");
  EXPECT_EQ(log_size(*ledger), after);
}

TEST_P(ApplyAgain, OneOfThemAloneIsAnsweredAsWell) {
  const auto alone = must(ledger->mark_bad(DeploymentId{1}, as_request("k/2")));
  EXPECT_TRUE(alone.receipt.replayed);
  RollbackOptions options;
  options.mark_bad = true;
  EXPECT_TRUE(must(ledger->rollback("demo", options, as_request("k/1"))).receipt.replayed);
  EXPECT_TRUE(fails_with<RequestIdReused>(ledger->create("demo", {}, as_request("k/2"))));
  EXPECT_EQ(log_size(*ledger), after);
}

TEST_P(ApplyAgain, ARebuildFindsTheSameRows) {
  if (!ledger.on_disk()) return;
  const Rows before = projection_rows(ledger.directory());
  must(ledger->rebuild());
  EXPECT_TRUE(projection_rows(ledger.directory()) == before);
}

// Readers see all of a release or nothing of it: who has seen its first pointer moved finds the
// second one moved too.
TEST_P(Apply, IsVisibleAsAWhole) {
  const auto web = promoted(*ledger, 2, "web");
  const auto api = promoted(*ledger, 2, "api");
  const int releases = scaled(ledger.on_disk() ? 300 : 2000);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      const auto first = must(ledger->pointer("web")).generation;
      const auto second = must(ledger->pointer("api")).generation;
      EXPECT_GE(second, first);
      const bool web_back = must(ledger->active("web"))->id == web[0];
      if (must(ledger->pointer("api")).generation == second) {
        EXPECT_TRUE(web_back || must(ledger->active("web")) != nullptr);
      }
    }
  });
  for (int i = 0; i < releases; ++i) {
    must(ledger->apply({Promote{"web", web[i % 2], {}}, Promote{"api", api[i % 2], {}}}));
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace purser::apply_test
