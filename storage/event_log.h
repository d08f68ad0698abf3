// The events in a Store: their keys, reading and walking them. Writing is the commit's business.
//
// Free functions over one RowReader; safe wherever that is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "purser/event.h"
#include "purser/origin.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

[[nodiscard]] std::string event_key(Position position);

/// The position of the last event; 0 for an empty log.
Result<Position> log_size(const RowReader& rows);

/// What is stored as the event at `position`, whose bytes are not looked at. Errors: Corruption
/// when there is none.
Result<std::string> read_stored_event(const RowReader& rows, Position position);

/// Errors: Corruption when there is no event at `position`, or not a whole one.
Result<Event> read_event(const RowReader& rows, Position position);

/// The position of the last of the first `size` events whose time is at most `time`; 0 if none is.
/// A few reads: times ascend with positions.
Result<Position> last_event_until(const RowReader& rows, Position size, Timestamp time);

/// Gets an event as it is stored; false ends the walk, an error ends it with that error.
using StoredEventVisitor = std::function<Result<bool>(Position position, std::string_view stored)>;

/// Visits what is stored as the events from `first` through `last`, both included, in the given
/// direction. A missing one is Corruption; their bytes are not looked at.
Status scan_stored_events(const RowReader& rows, Position first, Position last, Direction direction,
                          const StoredEventVisitor& visit);

/// Gets one event; false ends the walk, an error ends it with that error.
using EventVisitor = std::function<Result<bool>(const Event& event)>;

/// The same with each event decoded; one that is not whole is Corruption as well.
Status scan_events(const RowReader& rows, Position first, Position last, Direction direction,
                   const EventVisitor& visit);

/// The row that says which ledger this log belongs to.
void put_ledger_id(WriteSet& changes, const LedgerId& id);
Result<LedgerId> read_ledger_id(const RowReader& rows);

/// The row that says out of which ledger this one was made; none where it was not.
void put_origin(WriteSet& changes, const Origin& origin);
Result<std::optional<Origin>> read_origin(const RowReader& rows);

}  // namespace purser
