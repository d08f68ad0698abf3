// Threads that do one thing over and over until time is up.
#pragma once

#include <chrono>
#include <functional>

#include "subject.h"

namespace purser::peers {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}
inline double us_since(Clock::time_point start) { return seconds_since(start) * 1e6; }

/// What a client calls again and again.
using Call = std::function<void()>;

/// Starts the clock when all of `clients` threads have got their call from `make(client)`; takes
/// the time of every call, each of which is `operations` operations. The call that a client is in
/// when time is up is waited for and not counted: where locks are taken in no order, as in SQLite,
/// a client may wait for seconds more.
Outcome run_clients(int clients, double seconds, const std::function<Call(int client)>& make,
                    std::uint64_t operations = 1);

/// One thread, for calls that take less time than looking at the clock: the clock is read once in
/// many calls, and no latencies are taken.
template <class Read>
Outcome run_reader(double seconds, Read read) {
  constexpr int kCallsPerLook = 256;
  Outcome outcome;
  const Clock::time_point start = Clock::now();
  while (outcome.seconds < seconds) {
    for (int i = 0; i < kCallsPerLook; ++i) read();
    outcome.operations += kCallsPerLook;
    outcome.seconds = seconds_since(start);
  }
  return outcome;
}

}  // namespace purser::peers
