// Random sequences of all commands against a model: every answer, every query, and the same again
// after a rebuild and after reopening.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "ledger/compare.h"
#include "ledger/model.h"
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

// Draws commands and gives each to both sides.
class Player {
 public:
  Player(const Course& course, FakeClock& clock, TestLedger& ledger)
      : random_(course.seed), clock_(clock), ledger_(ledger) {}

  // One step; what was done is in `said`, and where the two differ, if they do, in the answer.
  std::string step() {
    clock_.advance(one_in(12) ? -below(5'000'000) : below(2'000'000));
    model.wall = Timestamp{clock_.now()};
    context_ = {};
    if (one_in(3)) context_.actor = "kim";
    if (one_in(4)) context_.reason = "because " + std::to_string(below(3));
    if (one_in(6)) context_.request_id = "r" + std::to_string(below(40));
    context_.dry_run = one_in(10);
    owner_ = pick({"a", "b", "c"});
    channel_ = pick({"live", "live", "beta"});
    // Near the newest, mostly; sometimes one that is not there.
    const auto count = static_cast<std::int64_t>(model.deployments().size());
    id_ = DeploymentId{static_cast<std::uint64_t>(std::max<std::int64_t>(0, count + 1 - below(9)))};
    if (one_in(8)) id_ = DeploymentId{static_cast<std::uint64_t>(below(count + 1) + 1)};
    expect_.reset();
    if (one_in(4)) {
      const auto now = static_cast<std::int64_t>(model.pointer(owner_, channel_).generation.value);
      expect_ = Generation{static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - below(2)))};
    }
    return command(below(22));
  }

  Model model;
  std::string said;
  int accepted = 0;
  std::set<std::string> refusals;  // by type

 private:
  template <class R>
  std::string note(const R& ledger, const R& model_answer) {
    accepted += ledger.has_value() ? 1 : 0;
    if (!ledger) refusals.emplace(ledger.error().name());
    return difference(ledger, model_answer);
  }
  bool one_in(int n) { return below(n) == 0; }
  std::int64_t below(std::int64_t n) {
    return std::uniform_int_distribution<std::int64_t>(0, n - 1)(random_);
  }
  std::string pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(below(static_cast<std::int64_t>(from.size())))];
  }
  void say(const std::string& verb) {
    said = verb + " " + owner_ + "/" + channel_ + " id " + std::to_string(id_.value) +
           (expect_ ? " expect " + std::to_string(expect_->value) : "") +
           (context_.request_id ? " request " + *context_.request_id : "") +
           (context_.dry_run ? " dry" : "");
  }

  std::string command(std::int64_t which) {
    if (which < 4) return create();
    if (which < 6) return edit();
    if (which < 9) return finish();
    if (which < 11) return mark();
    if (which < 12) return delete_artifact();
    if (which < 16) return promote();
    if (which < 18) return rollback();
    if (which < 19) return rollback_to();
    if (which < 20) return one_in(4) ? (one_in(2) ? expire() : prune()) : clear();
    return which < 21 ? freeze() : pin();
  }

  std::string create() {
    say("create");
    CreateOptions options;
    if (one_in(3)) options.source_ref = "sha-" + std::to_string(below(3));
    if (one_in(3)) options.labels = {{"branch", pick({"main", "side"})}};
    const auto answer = ledger_->create(owner_, options, context_);
    return note(answer, model.create(owner_, options, context_,
                                     answer ? answer->identifier : std::string()));
  }
  std::string edit() {
    const std::string path = pick({"a", "a/b", "a-b", "d/e/f", "d/e"});
    say("edit " + path);
    const std::int64_t which = below(8);
    if (which == 0) return note(ledger_->remove_all(id_), model.remove_all(id_));
    if (which == 1) return note(ledger_->remove(id_, path), model.remove(id_, path));
    const std::string bytes(static_cast<std::size_t>(below(4)), 'x');
    const auto stored = ledger_->store(id_, path, bytes);
    EXPECT_EQ(stored ? stored->bytes : bytes.size(), bytes.size());
    return note(stored ? Status() : Status(stored.error()), model.store(id_, path, bytes));
  }
  std::string finish() {
    const std::int64_t which = below(6);
    if (which == 0) {
      say("fail");
      return note(ledger_->mark_failed(id_, "code", "message", context_),
                  model.mark_failed(id_, "code", "message", context_));
    }
    if (which < 3) {
      say("external");
      return note(ledger_->mark_ready_external(id_, "s3://x", 7, context_),
                  model.mark_ready_external(id_, "s3://x", 7, context_));
    }
    say("ready");
    ReadyOptions options;
    options.allow_empty = one_in(3);
    const auto answer = ledger_->mark_ready(id_, options, context_);
    Digest digest;
    if (answer) {
      digest = std::get<StoredArtifact>(*answer->artifact).digest;
      if (!answer->receipt.replayed) expect_identity(model.files(id_), digest);
    }
    return note(answer, model.mark_ready(id_, options, context_, digest));
  }
  // Equal files have equal digests, others have others.
  void expect_identity(const Model::Files& files, const Digest& digest) {
    EXPECT_EQ(digest_of_.emplace(files, digest).first->second, digest);
    EXPECT_EQ(files_of_.emplace(digest, files).first->second, files);
  }
  std::string mark() {
    if (one_in(2)) {
      say("mark bad");
      return note(ledger_->mark_bad(id_, context_), model.mark_bad(id_, context_));
    }
    say("unmark bad");
    return note(ledger_->unmark_bad(id_, context_), model.unmark_bad(id_, context_));
  }
  std::string pin() {
    if (one_in(2)) {
      say("pin");
      return note(ledger_->pin(id_, context_), model.pin(id_, context_));
    }
    for (const Deployment& d : model.deployments()) {
      if (d.pinned && !one_in(4)) id_ = d.id;
    }
    say("unpin");
    return note(ledger_->unpin(id_, context_), model.unpin(id_, context_));
  }
  std::string delete_artifact() {
    say("delete");
    DeleteArtifactOptions options;
    options.keep = static_cast<std::uint32_t>(below(4));
    return note(ledger_->delete_artifact(id_, options, context_),
                model.delete_artifact(id_, options.keep, context_));
  }
  std::string promote() {
    say("promote");
    const PromoteOptions options{channel_, expect_, one_in(5), one_in(5)};
    if (id_.value >= 1 && id_.value <= model.deployments().size() && !one_in(6)) {
      owner_ = model.deployments()[id_.value - 1].owner_key;
    }
    return note(ledger_->promote(owner_, id_, options, context_),
                model.promote(owner_, id_, options, context_));
  }
  std::string rollback() {
    say("rollback");
    const RollbackOptions options{channel_, static_cast<std::uint32_t>(1 + below(3)), expect_,
                                  one_in(4)};
    return note(ledger_->rollback(owner_, options, context_),
                model.rollback(owner_, options, context_));
  }
  std::string rollback_to() {
    say("rollback to");
    const RollbackToOptions options{channel_, expect_, one_in(5), one_in(4)};
    if (id_.value >= 1 && id_.value <= model.deployments().size()) {
      owner_ = model.deployments()[id_.value - 1].owner_key;
    }
    return note(ledger_->rollback_to(owner_, id_, options, context_),
                model.rollback_to(owner_, id_, options, context_));
  }
  std::string clear() {
    say("clear");
    const ClearOptions options{channel_, expect_};
    return note(ledger_->clear(owner_, options, context_), model.clear(owner_, options, context_));
  }
  // Most freezes end soon: what is frozen refuses, and refusals alone prove little.
  std::string freeze() {
    std::optional<std::string> channel;
    if (!one_in(3)) channel = channel_;
    if (one_in(3)) {
      say("freeze");
      const FreezeOptions options{channel, one_in(3)};
      return note(ledger_->freeze(owner_, options, context_),
                  model.freeze(owner_, options, context_));
    }
    say("unfreeze");
    return note(ledger_->unfreeze(owner_, {channel}, context_),
                model.unfreeze(owner_, {channel}, context_));
  }
  // Policies that leave something for the other commands to work on.
  std::string prune() {
    say("prune");
    if (context_.request_id) context_.request_id = "p" + std::to_string(below(1'000'000));
    const auto ago = [&] { return Timestamp{clock_.now() - below(200'000'000)}; };
    PrunePolicy policy;
    policy.keep_newest = static_cast<std::uint32_t>(below(6));
    policy.keep = static_cast<std::uint32_t>(below(4));
    if (one_in(2)) policy.older_than = ago();
    if (one_in(2)) policy.never_active_older_than = ago();
    EXPECT_TRUE(ledger_->prune_plan(owner_, policy).value() == model.prune_plan(owner_, policy));
    return note(ledger_->prune(owner_, policy, context_), model.prune(owner_, policy, context_));
  }
  std::string expire() {
    say("expire");
    if (context_.request_id) context_.request_id = "e" + std::to_string(below(1'000'000));
    const Timestamp older_than{clock_.now() - below(60'000'000)};
    return note(ledger_->expire(older_than, context_), model.expire(older_than, context_));
  }

  std::mt19937_64 random_;
  FakeClock& clock_;
  TestLedger& ledger_;
  Context context_;
  std::string owner_;
  std::string channel_;
  DeploymentId id_;
  std::optional<Generation> expect_;
  std::map<Model::Files, Digest> digest_of_;
  std::map<Digest, Model::Files> files_of_;
};

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
  Player player(course, clock, ledger);
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
