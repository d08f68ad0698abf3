// Many threads that use one ledger as its users do: those who deploy and move pointers, those who
// read, those who follow the log, those who look from a handle of their own, and upkeep.
//
// Each waits between two calls, so that the ledger grows slowly and what is measured is not the
// log. Every answer must be a value or an error that the rules allow for what was asked.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "purser/ledger.h"

namespace purser::faults {

/// How often it was done.
struct TrafficCounts {
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> reads{0};
  std::atomic<std::uint64_t> followed{0};
  std::atomic<std::uint64_t> opens{0};
  std::atomic<std::uint64_t> prunes{0};
  std::atomic<std::uint64_t> collections{0};
  std::atomic<std::uint64_t> rebuilds{0};
  std::atomic<std::uint64_t> errors{0};
};

class Traffic {
 public:
  /// `unit`: what upkeep waits between two rounds. `counts` goes on from what it is.
  Traffic(Ledger& ledger, std::string directory, std::uint64_t seed, std::chrono::milliseconds unit,
          TrafficCounts& counts);
  ~Traffic();

  /// Ends and joins all threads.
  void stop();

  /// The first answer that there must not be.
  [[nodiscard]] std::string first_error() const;

 private:
  using Random = std::mt19937_64;

  template <class Step>
  void start(int threads, std::chrono::milliseconds pause, Step step);
  void deploy(Random& random);
  void move(Random& random);
  void mark(Random& random);
  void read(Random& random);
  void look_beside(Random& random);
  void prune(Random& random);
  void collect(Random& random);
  void rebuild(Random& random);
  void follow();

  // Whether it is a value; an error must be one of the rules.
  template <class R>
  bool answered(const R& result, std::atomic<std::uint64_t>& count);
  void note_error(const std::string& what);
  [[nodiscard]] DeploymentId some_id(Random& random) const;

  Ledger& ledger_;
  const std::string directory_;
  std::uint64_t next_seed_;
  TrafficCounts& counts_;
  std::atomic<std::uint64_t> last_id_{0};
  std::stop_source stop_;
  mutable std::mutex mutex_;  // guards first_error_
  std::string first_error_;
  std::vector<std::thread> threads_;
};

}  // namespace purser::faults
