// `purser bench artifacts`: every step is measured and real, and nothing is left.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tools/program_test.h"

namespace purser::tools::bench_artifacts_test {
namespace {

namespace fs = std::filesystem;

class BenchArtifactsTest : public ProgramTest {
 protected:
  BenchArtifactsTest() { fs::create_directory(disk()); }

  [[nodiscard]] std::string disk() const { return path("disk"); }

  Finished bench(const Words& folders, const Words& more = {}, const RunOptions& options = {}) {
    Words words{"bench", "artifacts", "--dir", disk(), "--rounds", "1", "--json"};
    words.insert(words.end(), folders.begin(), folders.end());
    words.insert(words.end(), more.begin(), more.end());
    Finished finished = run_program(words, options);
    EXPECT_TRUE(fs::is_empty(disk()));
    return finished;
  }
  Json measure(const Words& folders, const RunOptions& options = {}) {
    const Finished finished = bench(folders, {}, options);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return one_line(finished.out);
  }
  // The error of a run that measured nothing.
  Json refused(const Words& words, int exit_code) {
    const Finished finished = run_program(words);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_TRUE(fs::is_empty(disk()));
    return one_line(finished.err)["error"];
  }
};

std::vector<std::string> names_of(const Json& steps) {
  std::vector<std::string> names;
  for (const Json& step : steps) names.push_back(step["step"]);
  return names;
}

TEST_F(BenchArtifactsTest, EveryStepHasItsFigures) {
  const std::string first = write_site("1.0", "Demo");
  const std::string second = write_site("1.1", "Demo, changed");
  const Json report = measure({first, second});
  EXPECT_EQ(report["folders"], 2);
  EXPECT_EQ(report["files"], 6);
  EXPECT_EQ(report["rounds"], 1);
  const Json& steps = report["steps"];
  EXPECT_EQ(names_of(steps),
            (Words{"ingest", "ingest newest", "retrieve newest", "materialize newest", "verify"}));
  for (const Json& step : steps) {
    EXPECT_GT(step["seconds"], 0) << step;
    EXPECT_GT(step["cpu_seconds"], 0) << step;
    EXPECT_GT(step["peak_bytes"], 1'000'000) << step;
    EXPECT_GT(step["bytes_on_disk"], 1000) << step;
    EXPECT_GT(step["cp_seconds"], 0) << step;
    EXPECT_GT(step["times_cp"], 0) << step;
  }
  EXPECT_EQ(steps[0]["logical_bytes"], report["bytes"]);
  EXPECT_LT(steps[1]["logical_bytes"], report["bytes"]);
}

TEST_F(BenchArtifactsTest, OneFolderIsNotOntoAnything) {
  const Json report = measure({write_site("only")});
  EXPECT_EQ(names_of(report["steps"]),
            (Words{"ingest", "retrieve newest", "materialize newest", "verify"}));
}

TEST_F(BenchArtifactsTest, WithoutCpThereIsNoYardstick) {
  const Json report = measure({write_site("only")}, {.environment = {"PATH=/nowhere"}});
  for (const Json& step : report["steps"]) {
    EXPECT_TRUE(step["cp_seconds"].is_null()) << step;
    EXPECT_TRUE(step["times_cp"].is_null()) << step;
  }
}

TEST_F(BenchArtifactsTest, PeopleGetATable) {
  const Finished finished =
      run_program({"bench", "artifacts", write_site("1.0"), "--dir", disk(), "--rounds", "2"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out.find("STEP  "), 0u) << finished.out;
  EXPECT_NE(finished.out.find("rounds: 2, medians"), std::string::npos) << finished.out;
}

TEST_F(BenchArtifactsTest, AStepThatFailsIsToldInItsWords) {
  const std::string site = write_site("1.0");
  fs::create_symlink("index.html", site + "/link");
  const Finished finished = bench({site});
  EXPECT_EQ(finished.exit_code, 8);
  const Json error = one_line(finished.err)["error"];
  EXPECT_EQ(error["code"], "Io");
  EXPECT_EQ(error["path"], "purser deploy");
  EXPECT_NE(error["why"].get<std::string>().find("symbolic link"), std::string::npos) << error;
}

TEST_F(BenchArtifactsTest, WhatCannotBeMeasuredIsRefused) {
  const std::string site = write_site("1.0");
  const Words with_dir{"bench", "artifacts", site, "--json", "--dir"};
  const auto in = [&](const std::string& directory) {
    Words words = with_dir;
    words.push_back(directory);
    return words;
  };
  ready();
  const auto before = files_on_disk();
  EXPECT_EQ(refused(in(ledger()), 2)["what"], "--dir");
  EXPECT_EQ(refused(in(ledger() + "/db"), 2)["what"], "--dir");
  EXPECT_EQ(refused(in(site), 2)["what"], "--dir") << "it would be measured along";
  EXPECT_EQ(files_on_disk(), before);
  for (const Words& more : {Words{"--ledger", ledger()}, Words{"--threads", "2"},
                            Words{"--rounds", "0"}, Words{"--request-id", "k"}}) {
    Words words = in(disk());
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(refused(words, 2)["what"], more.front());
  }
  EXPECT_EQ(refused({"bench", "--dir", disk(), "artifacts", site, "--json"}, 2)["what"], "--dir");
  EXPECT_EQ(refused({"bench", "artifacts", path("none"), "--dir", disk(), "--json"}, 3)["code"],
            "NotFound");
  EXPECT_EQ(
      refused({"bench", "artifacts", write_file("f", "x"), "--dir", disk(), "--json"}, 2)["what"],
      "DIR");
}

TEST_F(BenchArtifactsTest, ASignalEndsItAndLeavesNothing) {
  const std::string site = write_site("1.0");
  Running running({"bench", "artifacts", site, "--dir", disk(), "--rounds", "1000", "--json"});
  for (int i = 0; i < 60'000 && fs::is_empty(disk()); ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  ASSERT_FALSE(fs::is_empty(disk())) << "it never began";
  running.signal(SIGTERM);
  const Finished finished = running.finish();
  EXPECT_EQ(finished.exit_code, 1) << finished.err;
  EXPECT_EQ(one_line(finished.err)["error"]["code"], "Cancelled");
  EXPECT_TRUE(fs::is_empty(disk()));
}

}  // namespace
}  // namespace purser::tools::bench_artifacts_test
