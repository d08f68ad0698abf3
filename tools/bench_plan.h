// What `purser bench` is asked to measure.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "purser/status.h"

namespace purser::tools {

/// The words of the command line.
struct BenchArguments {
  std::optional<std::string> threads;
  std::optional<std::string> in_flight;
  std::optional<std::string> batch;
  std::optional<std::string> owners;
  std::optional<std::string> event_bytes;
  std::optional<std::string> seconds;
  std::string directory = ".";
  std::optional<std::string> plot;
};

struct BenchPlan {
  std::size_t threads = 1;      ///< that promote at the same time
  std::size_t in_flight = 1;    ///< promotions that each thread has under way; above 1: `submit`
  std::size_t batch = 1;        ///< promotions of one call; above 1: `apply`
  std::size_t owners = 1000;    ///< whose pointers move, shared out among the threads
  std::size_t event_bytes = 0;  ///< length of each promotion's reason
  double seconds = 5;           ///< of measuring, after the warm-up
};

void add_bench_options(CLI::App& verb, BenchArguments& arguments);

/// Errors: InvalidArgument.
Result<BenchPlan> plan_of(const BenchArguments& arguments);

/// The numbers of threads that a picture shows: 1, 2, 4 and so on, and `threads` itself.
[[nodiscard]] std::vector<std::size_t> threads_of_sweep(std::size_t threads);

}  // namespace purser::tools
