// Ledgers to be measured, and how they are written to.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "clients.h"
#include "purser/ledger.h"

namespace purser::peers {

/// With default options and an actor of five letters.
Ledger new_ledger(const std::string& path);
Ledger open_ledger(const std::string& path);

/// A new one with the owners and the ready deployments of walk.h; nothing is active.
Ledger promotable_ledger(const std::string& path);

/// Ends the program unless the pointer has moved.
void promote(Ledger& ledger, const std::string& owner, DeploymentId deployment);
/// The same for what was submitted or applied: ends the program when nothing has changed.
void check_changed(const Answer& answer);

/// Commands that one thread has submitted, so many at once at the most. Ends the program when one
/// is refused or changes nothing.
class InFlight {
 public:
  /// `timed` keeps the time of every submission and answer.
  InFlight(Ledger& ledger, int window, bool timed = false)
      : ledger_(ledger), window_(window), timed_(timed) {}
  ~InFlight() { drain(); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  /// Waits while there are as many as there may be.
  void submit(Command command);
  /// Waits until all are answered.
  void drain();
  [[nodiscard]] std::uint64_t answered() const;
  /// From each submission to its answer, in their order. After `drain`.
  [[nodiscard]] std::vector<double> latencies_us() const;

 private:
  struct Flight {
    Clock::time_point start;
    Clock::time_point end;
  };
  void land(Flight* flight, const Result<Answer>& answer);

  Ledger& ledger_;
  const int window_;
  const bool timed_;
  std::deque<Flight> flights_;  // grows without moving what is in it
  std::uint64_t submitted_ = 0;
  std::atomic<int> count_{0};
};

}  // namespace purser::peers
