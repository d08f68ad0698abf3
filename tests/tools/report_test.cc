// `purser report`, and the projection behind it: in memory and stored, the same.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <string>
#include <vector>

#include "delivery.h"
#include "delivery_figures.h"
#include "delivery_plot.h"
#include "picture.h"
#include "purser/ledger.h"
#include "tools/program_test.h"

namespace purser::tools::report_test {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;

template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << result.error().message();
  return *std::move(result);
}
void must(const Status& status) { EXPECT_TRUE(status.has_value()) << status.error().message(); }

// A ledger whose clock a test turns, and that stores the projection.
class Deliveries : public testing::Test {
 protected:
  Deliveries() : ledger_(must(Ledger::in_memory(options()))) {}

  DeploymentId ready(const std::string& owner = "a") {
    const DeploymentId id = must(ledger_.create(owner)).id;
    must(ledger_.mark_ready_external(id, "s3://x", 1));
    return id;
  }
  void promote(DeploymentId id, const std::string& owner = "a",
               const std::string& channel = "live") {
    PromoteOptions options;
    options.channel = channel;
    must(ledger_.promote(owner, id, options));
  }
  void wait(std::int64_t minutes) { now_ += minutes * kMinuteUs; }

  // What the stored rows say; those that are folded in memory say the same.
  std::vector<Promotion> promotions(const std::optional<std::string>& owner = {}) {
    std::vector<std::vector<Promotion>> both(2);
    const auto look = [&](std::vector<Promotion>& into) {
      return [&](const ProjectionRows& rows) {
        return for_each_promotion(rows, owner, [&](const auto& one) { into.push_back(one); });
      };
    };
    must(ledger_.look_at_projection(kDeliveryName, look(both[0])));
    must(ledger_.fold_in_memory(delivery_projection(), look(both[1])));
    EXPECT_EQ(both[0].size(), both[1].size());
    for (std::size_t i = 0; i < both[0].size(); ++i) {
      EXPECT_EQ(both[0][i].time, both[1][i].time);
      EXPECT_EQ(both[0][i].lead_us, both[1][i].lead_us);
      EXPECT_EQ(both[0][i].restore_us, both[1][i].restore_us);
      EXPECT_EQ(both[0][i].bad, both[1][i].bad);
    }
    return both[0];
  }
  Delivery delivery(const DeliveryQuery& query = {}) {
    Delivery delivery;
    must(ledger_.look_at_projection(kDeliveryName, [&](const ProjectionRows& rows) -> Status {
      delivery = must(read_delivery(rows, query));
      return {};
    }));
    return delivery;
  }

 private:
  Options options() {
    Options options;
    options.projections = {delivery_projection()};
    options.clock = [this] { return Timestamp{now_}; };
    return options;
  }

 protected:
  std::int64_t now_ = 1'700'000'000'000'000;
  Ledger ledger_;
};

TEST_F(Deliveries, TheFirstPromotionOfADeploymentOnAChannelHasALeadTime) {
  const DeploymentId first = ready();
  wait(5);
  promote(first);
  const DeploymentId second = ready();
  wait(1);
  promote(second);
  promote(first);
  promote(first, "a", "beta");
  const auto all = promotions();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].channel, "beta");
  EXPECT_NEAR(static_cast<double>(*all[0].lead_us), 6 * kMinuteUs, 1000);
  EXPECT_NEAR(static_cast<double>(*all[1].lead_us), 5 * kMinuteUs, 1000);
  EXPECT_NEAR(static_cast<double>(*all[2].lead_us), kMinuteUs, 1000);
  EXPECT_EQ(all[3].lead_us, std::nullopt);
  for (const Promotion& one : all) EXPECT_FALSE(one.failed());
}

TEST_F(Deliveries, ARollbackSaysHowLongItTookToRestore) {
  const DeploymentId good = ready();
  promote(good);
  wait(10);
  const DeploymentId broken = ready();
  promote(broken);
  wait(7);
  must(ledger_.rollback("a"));
  wait(3);
  promote(broken);
  const auto all = promotions();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_FALSE(all[0].failed());
  EXPECT_NEAR(static_cast<double>(*all[1].restore_us), 7 * kMinuteUs, 1000);
  EXPECT_FALSE(all[2].failed());
}

// What a rollback has made active was promoted earlier: going back once more fails no promotion.
TEST_F(Deliveries, ASecondRollbackFailsNothing) {
  for (int i = 0; i < 3; ++i) promote(ready());
  must(ledger_.rollback("a"));
  must(ledger_.rollback("a"));
  const auto all = promotions();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_FALSE(all[0].failed());
  EXPECT_FALSE(all[1].failed());
  EXPECT_TRUE(all[2].failed());
}

TEST_F(Deliveries, ARestoreIsAFailureAndClearingIsNone) {
  const DeploymentId other = ready();
  promote(ready());
  must(ledger_.rollback_to("a", other));
  promote(ready());
  must(ledger_.clear("a"));
  const auto all = promotions();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].restore_us.has_value());
  EXPECT_FALSE(all[1].failed());
}

TEST_F(Deliveries, ABadDeploymentFailedUntilTheMarkIsTakenBack) {
  const DeploymentId id = ready();
  promote(id);
  promote(id, "a", "beta");
  must(ledger_.mark_bad(id));
  for (const Promotion& one : promotions()) EXPECT_TRUE(one.failed());
  must(ledger_.unmark_bad(id));
  for (const Promotion& one : promotions()) EXPECT_FALSE(one.failed());
}

TEST_F(Deliveries, FiguresAreOfThePromotionsThatAreAskedFor) {
  for (int day = 0; day < 14; ++day) {
    promote(ready("a"), "a");
    if (day % 2 == 0) promote(ready("b"), "b");
    wait(12 * 60);
    if (day % 7 == 6) must(ledger_.rollback("a"));
    wait(12 * 60);
  }
  const Timestamp end{now_};
  const Delivery all = delivery();
  const DeliveryFigures& a = all.pointers.at({"a", "live"});
  EXPECT_EQ(a.promotions, 14u);
  EXPECT_EQ(a.failed, 2u);
  EXPECT_NEAR(a.failure_rate(), 1.0 / 7, 1e-9);
  EXPECT_NEAR(promotions_in(7 * kDayUs, a, {}, end).value(), 7, 0.01);
  EXPECT_NEAR(static_cast<double>(*a.restore.below(0.5)), 720 * kMinuteUs, 1e6);
  EXPECT_EQ(all.pointers.at({"b", "live"}).promotions, 7u);
  EXPECT_EQ(all.days.size(), 14u);

  DeliveryQuery query;
  query.owner = "b";
  EXPECT_EQ(delivery(query).pointers.size(), 1u);
  query = {};
  query.channel = "beta";
  EXPECT_TRUE(delivery(query).pointers.empty());
  query = {};
  query.since = Timestamp{now_ - 7 * kDayUs};
  query.until = Timestamp{now_ - kDayUs};
  EXPECT_EQ(delivery(query).pointers.at({"a", "live"}).promotions, 6u);
  const DeliveryFigures some = delivery(query).pointers.at({"a", "live"});
  EXPECT_NEAR(promotions_in(kDayUs, some, query, *query.until).value(), 1, 0.01);
}

TEST(DurationsOfAReport, AreTheLeastThatAShareDoesNotExceed) {
  Durations durations;
  EXPECT_EQ(durations.below(0.5), std::nullopt);
  for (const std::int64_t us : {5, 1, 4, 2, 3}) durations.add(us);
  EXPECT_EQ(durations.below(0.01), 1);
  EXPECT_EQ(durations.below(0.2), 1);
  EXPECT_EQ(durations.below(0.5), 3);
  EXPECT_EQ(durations.below(0.9), 5);
  EXPECT_EQ(durations.below(1), 5);
}

class ReportTest : public ProgramTest {
 protected:
  void fill() const {
    const std::string first = ready();
    const std::string second = ready();
    text({"promote", "demo", first});
    text({"promote", "demo", second});
    text({"rollback", "demo"});
  }
};

TEST_F(ReportTest, OfAnEmptyLedgerHasNoItems) {
  const Json report = json({"report"});
  EXPECT_EQ(report["items"], Json::array());
  EXPECT_TRUE(report["next"].is_null());
  EXPECT_EQ(text({"report"}), "");
}

TEST_F(ReportTest, CountsPromotionsAndWhatBecameOfThem) {
  fill();
  const Json report = json({"report"});
  ASSERT_EQ(report["items"].size(), 1u);
  const Json& one = report["items"][0];
  EXPECT_EQ(one["owner_key"], "demo");
  EXPECT_EQ(one["channel"], "live");
  EXPECT_EQ(one["promotions"], 2);
  EXPECT_EQ(one["undated"], 0);
  EXPECT_EQ(one["per_day"], 2.0);
  EXPECT_EQ(one["per_week"], 14.0);
  EXPECT_EQ(one["failed"], 1);
  EXPECT_EQ(one["failure_rate"], 0.5);
  EXPECT_EQ(one["lead_us"]["count"], 2);
  EXPECT_EQ(one["restore_us"]["count"], 1);
  EXPECT_GT(one["restore_us"]["max"], 0);
  const std::string table = text({"report"});
  EXPECT_NE(table.find("PER WEEK"), std::string::npos) << table;
  EXPECT_NE(table.find("50 %"), std::string::npos) << table;
  EXPECT_EQ(json({"report", "--owner", "other"})["items"], Json::array());
  EXPECT_EQ(json({"report", "--channel", "beta"})["items"], Json::array());
  EXPECT_EQ(json({"report", "--until", "1d"})["items"], Json::array());
  EXPECT_EQ(json({"report", "--since", "1d"})["items"].size(), 1u);
  EXPECT_EQ(run({"report", "--since", "1d", "--until", "2d"}).exit_code, 2);
}

TEST_F(ReportTest, NothingIsMeasuredFromOrToATimeThatNobodyKnows) {
  const auto told = [](const std::string& event, const std::string& name, const std::string& time) {
    Json one{{"event", event}, {"owner", "demo"}, {"deployment", name}};
    if (!time.empty()) one["time"] = time;
    return one.dump() + "\n";
  };
  write_file("history", told("promoted", "1", "") +                          // undated
                            told("created", "2", "2026-01-01T00:00:00Z") +   // lead: 1 h
                            told("promoted", "2", "2026-01-01T01:00:00Z") +  // restore: 2 h
                            told("rolled_back", "1", "2026-01-01T03:00:00Z") +
                            told("promoted", "3", "2026-01-02T00:00:00Z") +  // lead: implied
                            told("rolled_back", "1", "") +                   // restore: undated
                            told("promoted", "4", "2026-01-02T01:00:00Z"));
  text({"import-log", path("history")});
  const Json one = json({"report"})["items"][0];
  EXPECT_EQ(one["promotions"], 4);
  EXPECT_EQ(one["undated"], 1);
  EXPECT_EQ(one["failed"], 2);
  EXPECT_EQ(one["lead_us"]["count"], 1);
  EXPECT_EQ(one["lead_us"]["max"], 3'600'000'000);
  EXPECT_EQ(one["restore_us"]["count"], 1);
  EXPECT_EQ(one["restore_us"]["max"], 7'200'000'000);
  EXPECT_NEAR(one["per_day"].get<double>(), 3, 1e-6) << "of three whose times lie within a day";
}

TEST_F(ReportTest, WhereNoTimeIsKnownThereIsNoAverage) {
  write_file("history", R"({"event":"promoted","owner":"demo","deployment":"1"})");
  text({"import-log", path("history")});
  const Json one = json({"report"})["items"][0];
  EXPECT_EQ(one["promotions"], 1);
  EXPECT_EQ(one["per_week"], nullptr);
  EXPECT_EQ(one["restore_us"]["half_below"], nullptr);
  EXPECT_TRUE(std::regex_search(text({"report"}), std::regex("live +1 +- ")));
}

TEST_F(ReportTest, WithoutGnuplotThePackageIsNamed) {
  fill();
  const Finished finished =
      run({"report", "--picture", path("report.svg")}, {.environment = {"PATH=/nowhere"}});
  EXPECT_EQ(finished.exit_code, 8);
  EXPECT_EQ(finished.out, "");
  EXPECT_NE(finished.err.find("gnuplot-nox"), std::string::npos) << finished.err;
  EXPECT_EQ(run({"report", "--picture", path("report.pdf")}).exit_code, 2);
}

TEST_F(ReportTest, APictureIsDrawn) {
  fill();
  const std::string file = path("report.svg");
  if (const auto picture = Picture::begin("--picture", file); !picture) {
    EXPECT_NE(picture.error().message().find("gnuplot-nox"), std::string::npos);
    return;  // not installed here
  }
  const Json report = json({"report", "--picture", file});
  EXPECT_EQ(report["picture"], file);
}

TEST_F(Deliveries, NoNameOfAUserReachesGnuplot) {
  const std::string owner = "it's `evil`\" system('x')";
  const DeploymentId id = ready(owner);
  promote(id, owner);
  const std::string script = delivery_script(delivery());
  EXPECT_EQ(script.find("evil"), std::string::npos);
  EXPECT_NE(script.find("2023-11-14T12:00:00 1 0\n"), std::string::npos) << script;
}

}  // namespace
}  // namespace purser::tools::report_test
