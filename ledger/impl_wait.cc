// Waiting for an event that is still to come.
#include <algorithm>
#include <chrono>

#include "impl.h"

namespace purser {
namespace {

constexpr std::chrono::milliseconds kNoTime{0};
constexpr std::chrono::milliseconds kWaitMax = std::chrono::hours(24 * 365);

// How a read-only handle waits. The writer's position is looked at often; what a writer left that
// came and went between two looks is found by the slower refresh.
constexpr std::chrono::nanoseconds kLookInterval = std::chrono::milliseconds(10);
constexpr std::chrono::nanoseconds kRefreshInterval = std::chrono::milliseconds(250);

}  // namespace

Result<bool> Ledger::Impl::wait_for(Position position, std::chrono::milliseconds timeout,
                                    const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  const std::stop_callback wake(stop, [this] { committer_->arrivals().announce(); });
  const auto end = Clock::now() + std::clamp(timeout, kNoTime, kWaitMax);
  auto next_refresh = Clock::now();
  while (true) {
    if (forked()) return ReadOnly{closed_ ? ReadOnlyReason::closed : ReadOnlyReason::forked};
    if (closed_) return ReadOnly{ReadOnlyReason::closed};
    if (options_.read_only && committer_->position() < position) {
      PURSER_ASSIGN(const bool grown, writer_is_ahead());
      if (grown || Clock::now() >= next_refresh) {
        PURSER_ASSIGN(const bool refreshed, refresh_unless_read());
        if (refreshed) next_refresh = Clock::now() + kRefreshInterval;
      }
    }
    if (committer_->position() >= position) return true;
    const std::chrono::nanoseconds left = end - Clock::now();
    if (left <= kNoTime || stop.stop_requested()) return false;
    committer_->arrivals().wait(options_.read_only ? std::min(left, kLookInterval) : left, [&] {
      return committer_->position() >= position || stop.stop_requested() || closed_;
    });
  }
}

// Costs a look at LOCK, where a refresh reads the database's own logs.
Result<bool> Ledger::Impl::writer_is_ahead() const {
  PURSER_ASSIGN(const auto holder, home_->writer());
  return holder && holder->durable && *holder->durable > committer_->position();
}

}  // namespace purser
