// `purser bench`: what it measures is real, it touches no ledger but its own, and leaves nothing.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "bench_folder.h"
#include "bench_histogram.h"
#include "bench_plan.h"
#include "picture.h"
#include "tools/program_test.h"

namespace purser::tools::bench_test {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;

class BenchTest : public ProgramTest {
 protected:
  BenchTest() { fs::create_directory(folder()); }

  [[nodiscard]] std::string folder() const { return path("disk"); }
  [[nodiscard]] bool folder_is_empty() const { return fs::is_empty(folder()); }

  // A short run in `folder()`.
  [[nodiscard]] Words words(const Words& more) const {
    Words all{"bench", "--dir", folder(), "--seconds", "0.2", "--owners", "8"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Finished bench(const Words& more, const RunOptions& options = {}) const {
    return run_program(words(more), options);
  }
  // The same, which has to succeed.
  Json measure(Words more) const {
    more.emplace_back("--json");
    const Finished finished = bench(more);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return one_line(finished.out);
  }
  // The error, with nothing measured and nothing left.
  Json refused(Words all, int exit_code, const RunOptions& options = {}) const {
    all.emplace_back("--json");
    const Finished finished = run_program(all, options);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_TRUE(folder_is_empty());
    return one_line(finished.err)["error"];
  }
};

std::string all_of(const std::string& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

void expect_figures_that_fit(const Json& figures) {
  EXPECT_GT(figures["promotions"], 0) << figures;
  EXPECT_GT(figures["syncs"], 0) << figures;
  EXPECT_GT(figures["seconds"], 0) << figures;
  EXPECT_GT(figures["promotions_per_second"], 0) << figures;
  EXPECT_GT(figures["promotions_per_sync"], 0) << figures;
  double before = 0;
  for (const char* latency : {"p50_us", "p95_us", "p99_us", "p999_us", "max_us"}) {
    EXPECT_GE(figures[latency], before) << latency << figures;
    before = figures[latency];
  }
  EXPECT_GT(before, 0);
}

TEST_F(BenchTest, EveryModeGivesFiguresAndLeavesNothing) {
  const struct {
    Words words;
    std::size_t threads;
    std::size_t in_flight;
    std::size_t batch;
  } kModes[] = {{{}, 1, 1, 1},
                {{"--threads", "4"}, 4, 1, 1},
                {{"--in-flight", "16"}, 1, 16, 1},
                {{"--batch", "10"}, 1, 1, 10},
                {{"--threads", "2", "--in-flight", "300"}, 2, 300, 1},
                {{"--threads", "8", "--batch", "10", "--in-flight", "1"}, 8, 1, 10}};
  for (const auto& mode : kModes) {
    const Json figures = measure(mode.words);
    EXPECT_EQ(figures["threads"], mode.threads);
    EXPECT_EQ(figures["in_flight"], mode.in_flight);
    EXPECT_EQ(figures["batch"], mode.batch);
    EXPECT_EQ(figures["owners"], 8);
    EXPECT_EQ(figures["event_bytes"], 0);
    EXPECT_TRUE(figures.contains("bytes_per_promotion"));
    expect_figures_that_fit(figures);
    EXPECT_TRUE(folder_is_empty());
  }
}

TEST_F(BenchTest, ABatchIsOneSync) {
  const double per_sync = measure({"--batch", "50"})["promotions_per_sync"];
  EXPECT_GT(per_sync, 20) << "but for the one at the beginning, each sync is a batch";
}

TEST_F(BenchTest, EventBytesAreWritten) {
  const Json small = measure({})["bytes_per_promotion"];
  const Json large = measure({"--event-bytes", "4096"})["bytes_per_promotion"];
  if (small.is_null()) return;  // this system does not count
  EXPECT_GT(small.get<double>(), 50);
  EXPECT_GT(large.get<double>(), small.get<double>() + 4000);
}

TEST_F(BenchTest, PeopleGetATable) {
  const Finished finished = bench({"--threads", "2"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out.find("THREADS  "), 0u) << finished.out;
  EXPECT_NE(finished.out.find("PROMOTIONS/S"), std::string::npos);
  EXPECT_EQ(std::count(finished.out.begin(), finished.out.end(), '\n'), 2);
}

TEST_F(BenchTest, ALedgerIsRefusedAndLeftAsItIs) {
  ready();
  const auto before = files_on_disk();
  const Words named[] = {{"bench", "--dir", ledger()},
                         {"bench", "--dir", ledger() + "/chunks/.."},
                         {"bench", "--dir", ledger() + "/db"},
                         {"bench", "--ledger", ledger(), "--dir", folder()},
                         {"--ledger", ledger(), "bench"}};
  for (const Words& all : named) {
    const Json error = refused(all, 2);
    EXPECT_EQ(error["code"], "InvalidArgument");
    EXPECT_NE(error["why"].get<std::string>().find("with --dir"), std::string::npos) << error;
  }
  EXPECT_EQ(files_on_disk(), before);
}

TEST_F(BenchTest, TheLedgerOfTheEnvironmentIsNotTouched) {
  ready();
  const auto before = files_on_disk();
  const Finished finished = bench({}, {.environment = {"PURSER_LEDGER=" + ledger()}});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(files_on_disk(), before);
}

TEST_F(BenchTest, AFolderThatCannotBeUsedIsTold) {
  const Json missing = refused({"bench", "--dir", path("none")}, 3);
  EXPECT_EQ(missing["code"], "NotFound");
  EXPECT_FALSE(fs::exists(path("none")));
  EXPECT_EQ(refused({"bench", "--dir="}, 2)["what"], "--dir");
  for (const std::string& unusable : {std::string("/proc"), write_file("file", "x")}) {
    const Json error = refused({"bench", "--dir", unusable}, 8);
    EXPECT_EQ(error["code"], "Io");
    EXPECT_EQ(error["path"], unusable);
  }
}

TEST_F(BenchTest, NumbersOutOfRangeAreRefused) {
  const struct {
    const char* option;
    Words values;
  } kRanges[] = {{"--threads", {"0", "1001", "-1", "x", ""}},
                 {"--in-flight", {"0", "65537", "1.5"}},
                 {"--batch", {"0", "1001"}},
                 {"--owners", {"0", "1000001"}},
                 {"--event-bytes", {"4097", "-1"}},
                 {"--seconds", {"0", "0.05", "86401", "-1", "1e2", "inf", "nan", ".5", "5.", ""}}};
  for (const auto& [option, values] : kRanges) {
    for (const std::string& value : values) {
      const Json error =
          refused({"bench", "--dir", folder(), std::string(option) + "=" + value}, 2);
      EXPECT_EQ(error["code"], "InvalidArgument") << option << value;
      EXPECT_EQ(error["what"], option) << value;
    }
  }
}

TEST_F(BenchTest, OptionsThatContradictEachOtherAreRefused) {
  EXPECT_EQ(refused(words({"--batch", "2", "--in-flight", "2"}), 2)["what"], "--batch");
  EXPECT_EQ(refused(words({"--threads", "9"}), 2)["what"], "--owners") << "8 owners, 9 threads";
  EXPECT_EQ(refused(words({"--request-id", "k"}), 2)["what"], "--request-id");
  EXPECT_EQ(refused(words({"--dry-run"}), 2)["what"], "--dry-run");
}

TEST_F(BenchTest, AFolderInMemoryIsWarnedOf) {
  const std::string memory = "/dev/shm";
  if (!is_in_memory(memory)) return;
  EXPECT_FALSE(is_in_memory("/proc"));
  const Finished finished =
      run_program({"bench", "--dir", memory, "--seconds", "0.1", "--owners", "2", "--json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(one_line(finished.err)["warning"]["what"], "--dir");
  expect_figures_that_fit(one_line(finished.out));
}

TEST_F(BenchTest, ASignalEndsItAndLeavesNothing) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    Running running({"bench", "--dir", folder(), "--seconds", "600", "--threads", "2", "--json"});
    for (int i = 0; i < 60'000 && folder_is_empty(); ++i) {
      std::this_thread::sleep_for(microseconds(500));
    }
    ASSERT_FALSE(folder_is_empty()) << "it never began";
    running.signal(number);
    const Finished finished = running.finish();
    EXPECT_EQ(finished.exit_code, 1) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(one_line(finished.err)["error"]["code"], "Cancelled");
    EXPECT_TRUE(folder_is_empty());
  }
}

TEST_F(BenchTest, ATerminalShowsHowFarItIs) {
  const std::string told = run_on_terminal(words({}), {"TERM=xterm", "NO_COLOR=1"}).out;
  EXPECT_NE(told.find("\rmeasuring, 1 thread  ["), std::string::npos) << told;
  EXPECT_NE(told.find("\r\x1b[KTHREADS"), std::string::npos) << told;
}

TEST_F(BenchTest, APictureIsDrawnOfASweep) {
  for (const char* name : {"figures.svg", "it's $(a) \"figure\".png"}) {
    const std::string file = write_file(name, "older");
    if (const auto plot = Picture::begin("--plot", file); !plot) {
      EXPECT_NE(plot.error().message().find("gnuplot-nox"), std::string::npos);
      return;  // not installed here
    }
    const Json page = measure({"--threads", "3", "--plot", file});
    ASSERT_EQ(page["items"].size(), 3u) << page;
    for (const std::size_t i : {0, 1, 2}) {
      EXPECT_EQ(page["items"][i]["threads"], i + 1);
      expect_figures_that_fit(page["items"][i]);
    }
    EXPECT_TRUE(page["next"].is_null());
    EXPECT_EQ(page["plot"], file);
    EXPECT_TRUE(folder_is_empty());
    const std::string picture = all_of(file);
    EXPECT_NE(picture.substr(0, 100).find(file.ends_with("svg") ? "<svg" : "PNG"),
              std::string::npos);
  }
}

TEST_F(BenchTest, WithoutGnuplotThePackageIsNamedAndNothingMeasured) {
  const std::string file = write_file("figures.svg", "older");
  const Json error = refused(words({"--plot", file}), 8, {.environment = {"PATH=/nowhere"}});
  EXPECT_EQ(error["code"], "Io");
  EXPECT_NE(error["why"].get<std::string>().find("gnuplot-nox"), std::string::npos) << error;
  EXPECT_EQ(all_of(file), "older");
}

TEST_F(BenchTest, APictureThatCannotBeWrittenIsToldAtOnce) {
  for (const char* name : {"figures.pdf", "figures", "svg"}) {
    EXPECT_EQ(refused(words({"--plot", path(name)}), 2)["what"], "--plot");
  }
  EXPECT_EQ(refused(words({"--plot", path("none/figures.svg")}), 8)["code"], "Io");
}

TEST(ThreadsOfSweep, DoubleUpToTheNumberThatIsAskedFor) {
  const auto of = threads_of_sweep;
  EXPECT_EQ(of(1), (std::vector<std::size_t>{1}));
  EXPECT_EQ(of(8), (std::vector<std::size_t>{1, 2, 4, 8}));
  EXPECT_EQ(of(11), (std::vector<std::size_t>{1, 2, 4, 8, 11}));
}

TEST(LatencyHistogram, QuantilesAreRightToHalfAPercent) {
  LatencyHistogram half;
  LatencyHistogram all;
  for (int i = 1; i <= 50'000; ++i) half.record(microseconds(i));
  for (int i = 50'001; i <= 99'999; ++i) all.record(microseconds(i));
  all.record(microseconds(100'000), 1);
  all.add(half);
  EXPECT_EQ(all.count(), 100'000u);
  for (const double share : {0.00001, 0.001, 0.5, 0.95, 0.99, 0.999, 1.0}) {
    EXPECT_NEAR(all.quantile_us(share), share * 100'000, share * 100'000 * 0.005) << share;
  }
  EXPECT_EQ(all.max_us(), 100'000);
}

TEST(LatencyHistogram, TakesAnyLatency) {
  LatencyHistogram latencies;
  EXPECT_EQ(latencies.quantile_us(0.5), 0);
  latencies.record(std::chrono::nanoseconds(-1), 3);
  EXPECT_EQ(latencies.quantile_us(1), 0);
  latencies.record(std::chrono::nanoseconds::max());
  EXPECT_EQ(latencies.count(), 4u);
  EXPECT_EQ(latencies.quantile_us(0.75), 0);
  EXPECT_NEAR(latencies.quantile_us(1) / 9.223372036854775e15, 1, 0.005);
}

TEST(LatencyHistogram, CountsBatchesOnceForEachPromotion) {
  LatencyHistogram latencies;
  latencies.record(microseconds(10), 99);
  latencies.record(microseconds(1000), 1);
  EXPECT_NEAR(latencies.quantile_us(0.99), 10, 0.05);
  EXPECT_NEAR(latencies.quantile_us(0.991), 1000, 5);
}

}  // namespace
}  // namespace purser::tools::bench_test
