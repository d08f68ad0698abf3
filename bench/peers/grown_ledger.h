// A ledger that has been in use for a while: 100 owners, whose deployments were created, made ready
// and promoted, one after the other.
#pragma once

#include <cstdint>
#include <string>

namespace purser::peers {

/// Makes it in `path`, with so many events or up to two more, and closes it.
void make_grown_ledger(const std::string& path, std::uint64_t events);

/// What one session of it costs: it is opened, used and closed.
struct Session {
  double open_ms = 0;
  double promote_us = 0;    ///< one thread that waits for each
  double in_flight_us = 0;  ///< one thread with 256 unanswered; time by promotions
  double close_ms = 0;
  double open_again_ms = 0;  ///< nothing was written since it was closed
};

/// `alone` promotions one by one, then `together` with many in flight. Each owner's pointer moves
/// to and fro between its two newest deployments; both have been active in this session before the
/// clock starts.
Session use_grown_ledger(const std::string& path, int alone, int together);

}  // namespace purser::peers
