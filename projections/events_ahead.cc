#include "events_ahead.h"

#include <utility>

#include "audit/merkle.h"
#include "event_log.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kBatchBytes = 64u << 10;
constexpr std::size_t kBatchesMax = 4;

}  // namespace

EventsAhead::EventsAhead(const RowReader& rows, Position first, Position last, bool leaves)
    : reading_(std::async(std::launch::async, [this, &rows, first, last, leaves] {
        return read(rows, first, last, leaves);
      })) {}

EventsAhead::~EventsAhead() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  if (reading_.valid()) reading_.wait();
}

Result<EventsAhead::Batch> EventsAhead::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !ahead_.empty() || at_end_; });
  if (ahead_.empty()) {
    if (reading_.valid()) PURSER_TRY(reading_.get());
    return Batch(Position{0});
  }
  Batch batch = std::move(ahead_.front());
  ahead_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return batch;
}

Status EventsAhead::read(const RowReader& rows, Position first, Position last, bool leaves) {
  Batch batch(first);
  Status status = scan_stored_events(
      rows, first, last, Direction::ascending,
      [&](Position position, std::string_view stored) -> Result<bool> {
        batch.add(stored);
        if (leaves) batch.add_leaf(merkle_leaf(stored));
        if (batch.bytes() < kBatchBytes) return true;
        return hand_over(std::exchange(batch, Batch(Position{position.value + 1})));
      });
  if (batch.size() > 0) hand_over(std::move(batch));
  {
    const std::lock_guard lock(mutex_);
    at_end_ = true;
  }
  changed_.notify_all();
  return status;
}

// Waits while enough is ahead; false once nobody wants more.
bool EventsAhead::hand_over(Batch batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ahead_.size() < kBatchesMax || abandoned_; });
  if (abandoned_) return false;
  ahead_.push_back(std::move(batch));
  lock.unlock();
  changed_.notify_all();
  return true;
}

}  // namespace purser
