// Following the log of a Ledger: waiting for events, handing them on in order, and cursors.
#include "cursor_file.h"
#include "impl.h"

namespace purser {
namespace {

constexpr std::size_t kEventsAtOnce = 256;
constexpr std::chrono::hours kForALongTime{24};

}  // namespace

Result<bool> Ledger::wait_for(Position position, std::chrono::milliseconds timeout) {
  return impl_->wait_for(position, timeout, {});
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): stop tokens are passed by value
Status Ledger::follow(Position from, const EventSink& deliver, std::stop_token stop) {
  Position next = from;
  while (!stop.stop_requested()) {
    PURSER_ASSIGN(const std::vector<Event> events, read(next, kEventsAtOnce));
    for (const Event& event : events) {
      if (stop.stop_requested() || !deliver(event)) return {};
      next = Position{event.position.value + 1};
    }
    if (events.empty()) PURSER_TRY(impl_->wait_for(next, kForALongTime, stop));
  }
  return {};
}

Status Ledger::save_cursor(const std::string& path, Position position) const {
  return write_cursor(path, {impl_->ledger_id(), position});
}

Result<std::optional<Position>> Ledger::load_cursor(const std::string& path) const {
  PURSER_ASSIGN(const std::optional<CursorMark> mark, read_cursor(path));
  if (!mark) return std::optional<Position>();
  if (mark->ledger_id != impl_->ledger_id()) {
    return InvalidArgument{"cursor '" + path + "'",
                           "it belongs to ledger " + to_hex(mark->ledger_id)};
  }
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const Position size = moment.view().at;
  if (mark->position > size) return LedgerTruncated{size, mark->position};
  return std::optional(mark->position);
}

}  // namespace purser
